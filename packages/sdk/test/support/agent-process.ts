import { spawn } from 'node:child_process';
import path from 'node:path';

/** The program `fixtures/agent.mjs`, in a process of its own. */
export interface AgentProcess {
  /** Resolves once it has written such a line, with what stands behind the word; rejects when it ends before. */
  says(word: string): Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** How it ended: its exit code, or the signal that ended it; and its standard error. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; errors: string }>;
}

/**
 * @param args how it ends, how many calls it records, and the directory of its spool, if any
 * @param program another one of the fixtures
 */
export function startAgent(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  program = 'agent.mjs',
): AgentProcess {
  const file = path.join(__dirname, '..', 'fixtures', program);
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stderr.on('data', (chunk) => (errors += chunk));
  const ended = new Promise<Awaited<AgentProcess['ended']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, errors }));
  });
  const says = (word: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const line = output.split('\n').find((one) => one.startsWith(`${word} `));
        if (line !== undefined) resolve(line.slice(word.length + 1));
      };
      child.stdout.on('data', look);
      void ended.then(() => reject(new Error(`it ended without ${word}:\n${output}${errors}`)));
      look();
    });
  child.stdout.on('data', (chunk) => (output += chunk));
  return { says, signal: (signal) => void child.kill(signal), ended };
}
