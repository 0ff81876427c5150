import { spawn } from 'node:child_process';
import path from 'node:path';

/** A program of a service that was built, as a process of its own. */
export interface RunningProgram {
  readonly pid: number;
  /** Everything that it has written. */
  output(): string;
  /** Resolves once it has written this; rejects when it ends before. */
  says(text: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs `dist/<script>` of a service with this environment and nothing else. */
export function run(
  service: 'uasam' | 'brain',
  script: 'main.js' | 'bin/migrate.js',
  env: Readonly<Record<string, string>>,
): RunningProgram {
  const file = path.join(__dirname, '..', '..', '..', '..', 'services', service, 'dist', script);
  const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (output.includes(text)) resolve();
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      void ended.then(() => reject(new Error(`it ended without ${JSON.stringify(text)}:\n${output}`)));
      look();
    });
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return {
    pid: child.pid as number,
    output: () => output,
    says,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}
