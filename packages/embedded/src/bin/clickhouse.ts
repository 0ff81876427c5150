import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { listen, runChild, wholeNumber } from '../child';
import { openClickHouse } from '../clickhouse-server';

const sessionsByDefault = 4;
const maxSessions = 16;
const maxBodyBytes = 1024 ** 3;

/** Bounds for a laptop. The caches' defaults are 5 GiB each, that of all memory nine tenths of the machine's. */
const engineArguments = [
  `--max_server_memory_usage=${2 * 1024 ** 3}`,
  `--mark_cache_size=${128 * 1024 ** 2}`,
  `--primary_index_cache_size=${128 * 1024 ** 2}`,
  `--index_mark_cache_size=${16 * 1024 ** 2}`,
];

// The engine takes its time zone from here when it opens.
// biome-ignore lint/style/noProcessEnv: this is a program's main file
process.env.TZ = 'UTC';
// A statement occupies a thread of Node's pool while it runs; files and compression need some too.
// biome-ignore lint/style/noProcessEnv: this is a program's main file
process.env.UV_THREADPOOL_SIZE = String(maxSessions + 4);

void runChild(
  async (args) => {
    const sessions = wholeNumber(args, 'sessions', sessionsByDefault, maxSessions);
    if (args.dir === 'memory') throw new Error('--dir memory: ClickHouse needs a directory');
    const dataDir = join(args.dir, 'data');
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const configFile = args.rest['config-file'];
    const given = configFile === undefined ? engineArguments : [`--config-file=${configFile}`];
    const clickhouse = await openClickHouse({ dataDir, sessions, maxBodyBytes, engineArguments: given });
    await listen(clickhouse.server, args);
    return clickhouse;
  },
  ['sessions', 'config-file'],
);
