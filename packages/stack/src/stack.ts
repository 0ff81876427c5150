import path from 'node:path';
import { type EngineExit, type EngineProcess, startClickHouse, startPostgres } from '@otas/embedded';
import { noteDatabases } from './databases';
import { givenServiceTokens, readOrMakeSecrets, type Secrets } from './secrets';
import { type ServiceName, type ServiceProcess, startService } from './service-process';

export interface StackOptions {
  /** Absolute path of the directory with everything that persists; created with mode 0700. */
  readonly dataDir: string;
  /**
   * Settings of both services, as environment variables. With `DATABASE_URL` or `CLICKHOUSE_URL` the embedded engine
   * is left out; secrets that are not given are made and kept in the data directory.
   */
  readonly env: Readonly<Record<string, string>>;
  /** Told before each step that takes a moment. */
  readonly onProgress?: (text: string) => void;
  readonly onLog?: (service: ServiceName, chunk: Buffer) => void;
  readonly onError?: (service: ServiceName, chunk: Buffer) => void;
  /** Called when a part ends that nobody told to. */
  readonly onUnexpectedExit?: (name: string, exit: EngineExit) => void;
}

/** UASAM and Brain with their databases, each in a process of its own. */
export interface Stack {
  readonly uasam: ServiceProcess;
  readonly brain: ServiceProcess;
  /** Null when a server from outside is used. */
  readonly postgres: EngineProcess | null;
  readonly clickhouse: EngineProcess | null;
  /** Ends every part in order: Brain, UASAM, then the databases. */
  stop(): Promise<void>;
  /** Ends every part at once. */
  kill(): Promise<void>;
}

type Part = Pick<EngineProcess, 'exited' | 'stop' | 'kill'>;

/**
 * Starts everything, each part as soon as what it needs is there, and resolves when both services listen.
 *
 * @throws Error when a part does not start; those that had started are ended first.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const parts: Part[] = [];
  let isStopping = false;
  const watch = <T extends Part>(name: string, part: T): T => {
    parts.unshift(part);
    void part.exited.then((exit) => {
      if (!isStopping) options.onUnexpectedExit?.(name, exit);
    });
    return part;
  };
  const stopAll = async (how: 'stop' | 'kill'): Promise<void> => {
    isStopping = true;
    for (const part of parts) await part[how]();
  };
  try {
    const started = await startParts(options, watch);
    return { ...started, stop: () => stopAll('stop'), kill: () => stopAll('kill') };
  } catch (error) {
    await stopAll('stop');
    throw error;
  }
}

async function startParts(
  options: StackOptions,
  watch: <T extends Part>(name: string, part: T) => T,
): Promise<Omit<Stack, 'stop' | 'kill'>> {
  const { dataDir, onProgress } = options;
  const env: Record<string, string> = {
    ...notInFiles(await readOrMakeSecrets(dataDir), options.env),
    ...options.env,
    ...givenServiceTokens(options.env),
  };
  const host = urlHost(env.HOST);
  const startNamed = (name: ServiceName, more: Record<string, string>): Promise<ServiceProcess> =>
    startService({
      name,
      host,
      env: { ...env, ...more },
      onLog: (chunk) => options.onLog?.(name, chunk),
      onError: (chunk) => options.onError?.(name, chunk),
    }).then((service) => watch(name, service));

  if (!env.DATABASE_URL || !env.CLICKHOUSE_URL) onProgress?.(`starting the databases in ${dataDir}`);
  const [postgres, clickhouse] = await settleAll([
    env.DATABASE_URL
      ? null
      : startPostgres({ dir: path.join(dataDir, 'postgres') }).then((e) => watch('Postgres', e)),
    env.CLICKHOUSE_URL
      ? null
      : startClickHouse({ dir: path.join(dataDir, 'clickhouse') }).then((e) => watch('ClickHouse', e)),
  ]);
  await noteDatabases(dataDir, { postgres: postgres?.url, clickhouse: clickhouse?.url });
  onProgress?.('starting UASAM and Brain');
  const uasam = await startNamed('uasam', {
    BRAIN_PUBLIC_URL: env.BRAIN_PUBLIC_URL || `http://${host}:${env.BRAIN_PORT || 8002}`,
    ...(postgres === null ? {} : { DATABASE_URL: postgres.url }),
  });
  const brain = await startNamed('brain', {
    UASAM_URL: env.UASAM_URL ?? uasam.url,
    ...internalUrl(env, host),
    EVENT_LOG_DIR: env.EVENT_LOG_DIR ?? path.join(dataDir, 'event-log'),
    ...(clickhouse === null ? {} : { CLICKHOUSE_URL: clickhouse.url }),
  });
  return { uasam, brain, postgres, clickhouse };
}

/** Where Brain finds `/internal/` when it has a port of its own. */
function internalUrl(env: Readonly<Record<string, string>>, host: string): Record<string, string> {
  if (env.UASAM_INTERNAL_URL || !env.UASAM_INTERNAL_PORT) return {};
  return { UASAM_INTERNAL_URL: `http://${host}:${env.UASAM_INTERNAL_PORT}` };
}

/** Like Promise.all, but waits for every one, so that nothing starts after the others were ended. */
async function settleAll<T extends readonly unknown[]>(
  all: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(all);
  return (await Promise.all(all)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}

/** The secrets for which the environment names no file, as `USER_TOKEN_SECRETS_FILE` does. */
function notInFiles(secrets: Secrets, env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => !env[`${name}_FILE`]));
}

/** Where a client on this machine reaches a service that listens on `host`. */
function urlHost(host: string | undefined): string {
  if (!host || host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
