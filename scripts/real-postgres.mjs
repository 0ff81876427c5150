import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { aptInstall } from './debian.mjs';

const debianDir = '/usr/lib/postgresql';

/** Where the programs of a Postgres server are; Debian's package is installed where there are none, which needs root. */
export function installPostgres() {
  return findBinaries() ?? installBinaries();
}

/**
 * Starts a Postgres server with an empty database in a temporary directory, on a free port of loopback. Where there is
 * none, Debian's package is installed first, which needs root.
 *
 * @param options more settings, as `fsync=off`
 */
export async function startPostgresServer(options = []) {
  const bin = installPostgres();
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-postgres-'));
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  // Postgres refuses to run as root; its package comes with a user for it.
  const command = (program, args) =>
    isRoot
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', program, ...args]]
      : [program, args];
  if (isRoot) {
    chmodSync(dir, 0o755);
    execFileSync('chown', ['postgres', dir]);
  }
  const data = path.join(dir, 'data');
  execFileSync(
    ...command(path.join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8']),
    {
      cwd: dir,
      stdio: 'ignore',
    },
  );
  const settings = ['listen_addresses=127.0.0.1', ...options].flatMap((one) => ['-c', one]);
  const args = ['-D', data, '-p', String(port), '-k', dir, ...settings];
  const server = spawn(...command(path.join(bin, 'postgres'), args), { cwd: dir, stdio: 'ignore' });
  await untilReady(bin, port);
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      // Ctrl-C in a terminal has ended it already.
      if (server.exitCode === null) {
        const ended = once(server, 'exit');
        server.kill('SIGINT');
        await ended;
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function findBinaries() {
  if (!existsSync(debianDir)) return null;
  const versions = readdirSync(debianDir).sort((a, b) => Number(b) - Number(a));
  const dirs = versions.map((version) => path.join(debianDir, version, 'bin'));
  return dirs.find((dir) => existsSync(path.join(dir, 'initdb'))) ?? null;
}

function installBinaries() {
  aptInstall('postgresql');
  const bin = findBinaries();
  if (bin === null) throw new Error(`no Postgres server in ${debianDir} after its installation`);
  return bin;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function untilReady(bin, port) {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      execFileSync(path.join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)]);
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('the Postgres server does not answer');
}
