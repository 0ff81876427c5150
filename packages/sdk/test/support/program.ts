import { spawn } from 'node:child_process';
import path from 'node:path';

/** A program in a process of its own. */
export interface Program {
  /** Resolves once what it has written matches, with the first group; rejects when it ends before. */
  says(pattern: RegExp): Promise<string>;
  /** Ends it, unless it has ended, and waits for that. */
  stop(): Promise<void>;
  /** Its exit code, and all that it wrote. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

/** The directory of the package, in which programs run and find it by its name. */
export const packageDir = path.join(__dirname, '..', '..');

/** Runs a file with Node.js, with this environment and nothing else; `-e` runs the program that follows. */
export function runProgram(file: string, env: Readonly<Record<string, string>>, ...args: string[]): Program {
  const all = { PATH: process.env.PATH ?? '', ...env };
  const child = spawn(process.execPath, [file, ...args], {
    cwd: packageDir,
    env: all,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  const says = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(output);
        if (found !== null) resolve(found[1] ?? found[0]);
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      void ended.then(() => reject(new Error(`it ended without ${pattern}:\n${output}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  return { says, stop, ended };
}
