import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The service as a process of its own, as it is run in production. */
export interface ServiceProcess {
  /** Everything it has written to standard output and standard error. */
  output(): string;
  /** Resolves once the output holds `text`; fails after 20 s. */
  waitFor(text: string): Promise<void>;
  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void;
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
}

/** Starts `dist/main.js` with this environment and nothing else of ours. */
export function startProcess(environment: Readonly<Record<string, string>>): ServiceProcess {
  const child: ChildProcess = spawn(process.execPath, [join(__dirname, '..', '..', 'dist', 'main.js')], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const waitFor = async (text: string): Promise<void> => {
    for (let round = 0; round < 400; round++) {
      if (output.includes(text)) return;
      await delay(50);
    }
    throw new Error(`no ${JSON.stringify(text)} within 20 s in:\n${output}`);
  };
  return {
    output: () => output,
    waitFor,
    signal: (signal) => void child.kill(signal),
    exited: once(child, 'close').then(([code]) => code as number | null),
  };
}
