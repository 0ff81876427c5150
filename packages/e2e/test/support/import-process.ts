import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';

const root = path.join(__dirname, '..', '..', '..', '..');

export interface ImportProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<ImportResult>;
}

export interface ImportResult {
  readonly code: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Starts `npm run import`'s program, or the import of one service alone. */
export function startImport(
  program: 'all' | 'uasam' | 'brain',
  fromUrl: string,
  env: Readonly<Record<string, string>>,
): ImportProcess {
  const dir = program === 'all' ? 'packages/stack' : `services/${program}`;
  const script = path.join(root, dir, 'dist', 'bin', 'import.js');
  const child = spawn(process.execPath, [script, '--from-postgres', fromUrl], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<ImportResult>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

/** The counts of a table in the summary: original, imported, there, left out, here now. */
export function countsOf({ output }: ImportResult, table: string): number[] {
  const line = output.split('\n').find((one) => new RegExp(`^${table} +\\d`).test(one)) ?? '';
  return line.trim().split(/\s+/).slice(1).map(Number);
}
