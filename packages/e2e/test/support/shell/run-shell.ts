import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ShellResult {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A folder in which commands run as a person would run them, and the programs that they find beside the system's own. */
export interface Shell {
  readonly dir: string;
  /** Runs a script in bash, which ends at the first command that fails. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<ShellResult>;
  remove(): Promise<void>;
}

export const hasCurl = spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0;

/** @param programs scripts for Node.js by the names under which they are called; `curl` replaces the system's. */
export async function makeShell(programs: Readonly<Record<string, string>>): Promise<Shell> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-shell-'));
  const bin = await mkdtemp(path.join(tmpdir(), 'otas-bin-'));
  for (const [name, script] of Object.entries(programs)) {
    const file = path.join(bin, name);
    await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    await chmod(file, 0o755);
  }
  const searched = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  return {
    dir,
    run: (script, env = {}) => runBash(script, dir, { PATH: searched, HOME: dir, ...env }),
    remove: async () => {
      await rm(dir, { recursive: true, force: true });
      await rm(bin, { recursive: true, force: true });
    },
  };
}

/** curl as a Node.js script, which does what our texts want of it. */
export const ownCurl = path.join(__dirname, 'curl.mjs');

async function runBash(script: string, cwd: string, env: Record<string, string>): Promise<ShellResult> {
  const child = spawn('bash', ['-e', '-u', '-o', 'pipefail', '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = await once(child, 'close');
  return { code, output, errors };
}
