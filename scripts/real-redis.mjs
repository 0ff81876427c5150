import { spawnSync } from 'node:child_process';
import { aptInstall } from './debian.mjs';

const program = 'redis-server';

/** The name of a Redis server's program; where there is none, Debian's package is installed first, which needs root. */
export function findRedisServer() {
  if (!isThere()) {
    aptInstall(program);
    if (!isThere()) throw new Error('there is no redis-server after its installation');
  }
  return program;
}

function isThere() {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
