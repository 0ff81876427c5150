import { execFileSync, spawnSync } from 'node:child_process';

const program = 'redis-server';

/** The name of a Redis server's program; where there is none, Debian's package is installed first, which needs root. */
export function findRedisServer() {
  if (!isThere()) {
    console.log('otas: installing a Redis server from Debian …');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
    execFileSync('apt-get', ['install', '-y', '-qq', program], { stdio: 'inherit', env });
    if (!isThere()) throw new Error('there is no redis-server after its installation');
  }
  return program;
}

function isThere() {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}
