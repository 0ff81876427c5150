import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSecrets, type Secrets, type ServiceProcess, startService } from '@otas/stack';

/** UASAM and Brain as processes of their own, on free ports, with the databases of the test run. */
export interface Services {
  readonly uasam: ServiceProcess;
  readonly brain: ServiceProcess;
  readonly secrets: Secrets;
  /** The environment that both were started with. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** `more` are further settings, for both services. */
export async function startServices(more: Record<string, string> = {}): Promise<Services> {
  const secrets = makeSecrets();
  const logDir = await mkdtemp(path.join(tmpdir(), 'otas-log-'));
  const env: Record<string, string> = {
    ...pick(process.env, ['PATH', 'TZ']),
    ...secrets,
    DATABASE_URL: process.env.TEST_DATABASE_URL ?? '',
    CLICKHOUSE_URL: process.env.TEST_CLICKHOUSE_URL ?? '',
    CLICKHOUSE_DATABASE: 'otas_e2e',
    EVENT_LOG_DIR: logDir,
    UASAM_PORT: '0',
    BRAIN_PORT: '0',
    LOG_LEVEL: 'error',
    AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0',
    ...more,
  };
  const onError = (chunk: Buffer): unknown => process.stderr.write(chunk);
  const uasam = await startService({ name: 'uasam', host: '127.0.0.1', env, onError, onLog: onError });
  const brainEnv = { UASAM_URL: uasam.url, ...env };
  const brain = await startService({
    name: 'brain',
    host: '127.0.0.1',
    env: brainEnv,
    onError,
    onLog: onError,
  });
  return {
    uasam,
    brain,
    secrets,
    env: brainEnv,
    stop: async () => {
      await brain.stop();
      await uasam.stop();
      await rm(logDir, { recursive: true, force: true });
    },
  };
}

function pick(
  from: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  const entries = names.map((name) => [name, from[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
