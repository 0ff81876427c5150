import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';
import { makeSecrets, type ServiceProcess, startService } from '@otas/stack';
import { type ClickHouseClient, connectDirectly } from './event-store-parts';
import { makeDatabase, serverVariable } from './postgres';
import { makeTenant, type Tenant } from './tenant';
import { Worker } from './worker';

/** A Brain on a database of its own. */
export interface Brain {
  readonly database: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const readyPollMs = 50;
const clickhousePart = 'clickhouse';

/** All that a run starts, each part when it is first asked for; {@link Environment.stop} ends every one. */
export class Environment {
  readonly #dir: string;
  readonly #secrets = makeSecrets();
  readonly #stops: (() => Promise<unknown>)[] = [];
  readonly #made = new Map<string, Promise<unknown>>();

  private constructor(dir: string) {
    this.#dir = dir;
  }

  static async create(): Promise<Environment> {
    return new Environment(await mkdtemp(path.join(tmpdir(), 'otas-bench-')));
  }

  clickhouse(): Promise<EngineProcess> {
    return this.#once(clickhousePart, () => startClickHouse({ dir: path.join(this.#dir, 'clickhouse') }));
  }

  /** Ends ClickHouse at once. */
  async killClickhouse(): Promise<void> {
    await (await this.clickhouse()).kill();
  }

  /** Starts a killed ClickHouse again, on its old port. */
  async reviveClickhouse(): Promise<void> {
    const port = Number(new URL((await this.clickhouse()).url).port);
    this.#made.delete(clickhousePart);
    await this.#once(clickhousePart, () =>
      startClickHouse({ dir: path.join(this.#dir, 'clickhouse'), port }),
    );
  }

  /** An empty database: of the server that {@link serverVariable} names, else of an embedded Postgres of its own. */
  postgres(database: string): Promise<{ readonly url: string; stop(): Promise<unknown> }> {
    return this.#once(`postgres ${database}`, async () => {
      const server = process.env[serverVariable];
      if (server === undefined) return startPostgres({ dir: path.join(this.#dir, `postgres-${database}`) });
      return makeDatabase(server, database);
    });
  }

  /** The UASAM of a database, ready. */
  uasam(database = 'otas_bench'): Promise<ServiceProcess> {
    return this.#once(`uasam ${database}`, async () => {
      const { url } = await this.postgres(database);
      const service = await this.#startService('uasam', { DATABASE_URL: url, UASAM_PORT: '0' });
      await this.#untilReady(service.url);
      return service;
    });
  }

  /** What the keys of every UASAM are kept under. */
  get keyPepper(): string {
    return this.#secrets.KEY_PEPPER;
  }

  tenant(): Promise<Tenant> {
    return this.#once('tenant', async () => {
      const tenant = await makeTenant((await this.uasam()).url);
      return { ...tenant, stop: async () => undefined };
    });
  }

  /** The Brain of a database, ready; `env` are settings for it, read when it is first asked for. */
  brain(database: string, env: Readonly<Record<string, string>> = {}): Promise<Brain> {
    return this.#once(`brain ${database}`, async () => {
      const service = await this.#startService('brain', {
        UASAM_URL: (await this.uasam()).url,
        CLICKHOUSE_URL: (await this.clickhouse()).url,
        CLICKHOUSE_DATABASE: database,
        EVENT_LOG_DIR: path.join(this.#dir, `log-${database}`),
        BRAIN_PORT: '0',
        ...env,
      });
      await this.#untilReady(service.url);
      const port = Number(new URL(service.url).port);
      return { database, port, pid: service.pid, stop: () => service.stop() };
    });
  }

  /** A connection of this process to a database; closed at the end. */
  client(database: string): Promise<ClickHouseClient> {
    return this.#once(`client ${database}`, async () => {
      const client = connectDirectly((await this.clickhouse()).url, database);
      return Object.assign(client, { stop: () => client.close() });
    });
  }

  /** A program of `processes/`; the same one each time. */
  worker(program: string): Promise<Worker> {
    return this.#once(`worker ${program}`, async () => new Worker(program));
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop().catch(() => undefined);
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 3 });
  }

  /** It listens before its database has been migrated. */
  async #untilReady(url: string): Promise<void> {
    while (!(await fetch(`${url}/readyz`)).ok) await sleep(readyPollMs);
  }

  #startService(name: 'uasam' | 'brain', env: Record<string, string>): Promise<ServiceProcess> {
    return startService({
      name,
      host: '127.0.0.1',
      env: { PATH: process.env.PATH ?? '', ...this.#secrets, LOG_LEVEL: 'fatal', ...env },
      onError: (chunk) => process.stderr.write(chunk),
    });
  }

  #once<Part extends { stop(): Promise<unknown> }>(name: string, make: () => Promise<Part>): Promise<Part> {
    const known = this.#made.get(name) as Promise<Part> | undefined;
    if (known !== undefined) return known;
    const making = make().then((part) => {
      this.#stops.push(() => part.stop());
      return part;
    });
    this.#made.set(name, making);
    return making;
  }
}
