import { mkdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { startClickHouse, startPostgres } from '@otas/embedded';

/** Where both databases are reached. */
export interface Databases {
  readonly DATABASE_URL: string;
  readonly CLICKHOUSE_URL: string;
  /** Ends those that were started for this; those of others go on. */
  stop(): Promise<void>;
}

interface Noted {
  readonly postgres?: string | undefined;
  readonly clickhouse?: string | undefined;
}

const fileOf = (dataDir: string): string => path.join(dataDir, 'databases.json');

/** Notes where the embedded databases of a data directory are reached as long as they run. */
export async function noteDatabases(dataDir: string, urls: Noted): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(fileOf(dataDir), `${JSON.stringify(urls)}\n`, { mode: 0o600 });
}

/**
 * The databases that the environment names, or else the embedded ones of a data directory: those of a running stack, unless
 * it must not run, or started for this.
 *
 * @throws Error when one cannot be started, also because a stack runs that must not
 */
export async function openDatabases(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
  mayRun: boolean,
): Promise<Databases> {
  const noted = await readNoted(dataDir);
  const started: { stop(): Promise<void> }[] = [];
  const find = async (
    name: keyof Noted,
    given: string | undefined,
    start: typeof startPostgres,
  ): Promise<string> => {
    if (given) return given;
    const url = noted[name];
    if (url !== undefined && (await isOpen(url))) {
      if (mayRun) return url;
      throw new Error(`a stack runs in ${dataDir}: stop it first`);
    }
    const engine = await start({ dir: path.join(dataDir, name) });
    started.push(engine);
    return engine.url;
  };
  const stop = async (): Promise<void> => {
    for (const engine of started) await engine.stop();
  };
  try {
    return {
      DATABASE_URL: await find('postgres', env.DATABASE_URL, startPostgres),
      CLICKHOUSE_URL: await find('clickhouse', env.CLICKHOUSE_URL, startClickHouse),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readNoted(dataDir: string): Promise<Noted> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as Noted;
  } catch {
    // None has run there yet, or the note is cut: the engines themselves let nobody else open their directories.
    return {};
  }
}

function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect(Number(port), hostname.replace(/[[\]]/g, ''));
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
