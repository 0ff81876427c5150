import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '..');
const stampFile = path.join(root, 'node_modules', '.otas-installed');

/** Runs a program in the project's root with this terminal; ends this process with its code when it fails. */
export function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) console.error(`otas: ${command}: ${result.error.message}`);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs exactly what the lock file says, with the pinned pnpm, unless that was done for this lock file. */
export function install() {
  const lock = readFileSync(path.join(root, 'pnpm-lock.yaml'));
  const fingerprint = createHash('sha256').update(lock).update(process.version).digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint) return;
  console.log('otas: installing the dependencies (about 340 MB, half of it ClickHouse) …');
  pnpm(['install', '--frozen-lockfile']);
  writeFileSync(stampFile, fingerprint);
}

/** Runs the pinned pnpm in the project's root. */
export function pnpm(args) {
  const { pnpmVersion } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  run(npx, ['--yes', `pnpm@${pnpmVersion}`, ...args], { CI: 'true' });
}

const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
