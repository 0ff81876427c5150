import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startClickHouse, startPostgres } from '@otas/embedded';
import { makeSecrets, type Secrets, startService } from '@otas/stack';
import { emptyPostgresDir } from '../../../../test/postgres-template';
import { Part } from './part';
import type { Random } from './random';

/** Engines and UASAM of one test file, and as many Brains as it starts; each a process that may be killed. */
export class World {
  readonly postgres: Part;
  readonly clickhouse: Part;
  readonly uasam: Part;
  readonly #dir: string;
  readonly #secrets: Secrets;
  #brains: Part[] = [];
  #brainCount = 0;

  private constructor(
    dir: string,
    secrets: Secrets,
    parts: Record<'postgres' | 'clickhouse' | 'uasam', Part>,
  ) {
    this.#dir = dir;
    this.#secrets = secrets;
    this.postgres = parts.postgres;
    this.clickhouse = parts.clickhouse;
    this.uasam = parts.uasam;
  }

  static async start(random: Random): Promise<World> {
    const dir = await mkdtemp(path.join(tmpdir(), 'otas-faults-'));
    const secrets = makeSecrets();
    const postgresDir = await emptyPostgresDir(path.join(dir, 'postgres'));
    const [postgres, clickhouse] = await Promise.all([
      Part.start(random, (port) => startPostgres({ dir: postgresDir, port })),
      Part.start(random, (port) => startClickHouse({ dir: path.join(dir, 'clickhouse'), port })),
    ]);
    const env = { ...baseEnv(secrets), DATABASE_URL: postgres.url };
    const uasam = await Part.start(random, (port) =>
      startService({ name: 'uasam', host: '127.0.0.1', env: { ...env, UASAM_PORT: String(port) }, onError }),
    );
    return new World(dir, secrets, { postgres, clickhouse, uasam });
  }

  /** Starts a Brain with a log of its own; `more` are further settings. */
  async startBrain(random: Random, more: Record<string, string> = {}): Promise<Part> {
    const env: Record<string, string> = {
      ...baseEnv(this.#secrets),
      UASAM_URL: this.uasam.url,
      UASAM_TIMEOUT_MS: '500',
      CLICKHOUSE_URL: this.clickhouse.url,
      CLICKHOUSE_DATABASE: 'otas_faults',
      CLICKHOUSE_TIMEOUT_MS: '2000',
      EVENT_LOG_DIR: this.file(`event-log-${this.#brainCount++}`),
      ...more,
    };
    const brain = await Part.start(random, (port) =>
      startService({ name: 'brain', host: '127.0.0.1', env: { ...env, BRAIN_PORT: String(port) }, onError }),
    );
    this.#brains.push(brain);
    return brain;
  }

  /** Ends all Brains, and starts whatever else does not run. */
  async recover(): Promise<void> {
    await Promise.all(this.#brains.map((brain) => brain.kill()));
    this.#brains = [];
    for (const part of [this.postgres, this.clickhouse, this.uasam]) await part.recover();
  }

  /** The path of a file that goes with this world. */
  file(name: string): string {
    return path.join(this.#dir, name);
  }

  async stop(): Promise<void> {
    await this.recover();
    await this.uasam.stop();
    await Promise.all([this.postgres.stop(), this.clickhouse.stop()]);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

function baseEnv(secrets: Secrets): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    TZ: process.env.TZ ?? 'UTC',
    ...secrets,
    LOG_LEVEL: process.env.OTAS_FAULTS_LOG_LEVEL ?? 'silent',
    AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0',
  };
}

function onError(chunk: Buffer): void {
  process.stderr.write(chunk);
}
