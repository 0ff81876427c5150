// What the tests need of Debian, one after the other, while something else is under way: apt-get lets nobody else in meanwhile.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findPromtool } from './promtool.mjs';
import { installPostgres } from './real-postgres.mjs';
import { findRedisServer } from './real-redis.mjs';

/** Which of them this run wants, by its environment. */
export const wanted = {
  postgres: process.env.OTAS_TEST_REAL_POSTGRES === '1',
  redis: process.env.OTAS_TEST_REAL_REDIS === '1',
  promtool: process.env.OTAS_TEST_PROMTOOL === '1',
};

/** Installs them in a process of its own; resolves when it has ended, well or not: whoever needs one will say that it is missing. */
export async function prepareTools(dir) {
  if (!Object.values(wanted).includes(true)) return;
  const child = spawn(process.execPath, [import.meta.filename, dir], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  await once(child, 'exit');
}

if (import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  if (wanted.postgres) installPostgres();
  if (wanted.redis) findRedisServer();
  if (wanted.promtool) findPromtool(process.argv[2]);
}
