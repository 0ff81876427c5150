import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import type { EngineExit } from '@otas/embedded';

export type ServiceName = 'uasam' | 'brain';

export interface ServiceOptions {
  readonly name: ServiceName;
  /** The whole environment of the service; nothing else is handed down. */
  readonly env: Readonly<Record<string, string>>;
  /** Host in the service's `url`. */
  readonly host: string;
  /** Receives its log: pieces of its standard output, in order. */
  readonly onLog?: (chunk: Buffer) => void;
  /** Receives its standard error. */
  readonly onError?: (chunk: Buffer) => void;
}

/** A service in a process of its own, of which the parent's end is the end too. */
export interface ServiceProcess {
  readonly name: ServiceName;
  readonly url: string;
  readonly pid: number;
  /** Settles when the process has ended; never rejects. */
  readonly exited: Promise<EngineExit>;
  /** Lets it finish what it accepted (SIGTERM). */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would (SIGKILL). */
  kill(): Promise<void>;
}

/**
 * Starts a built service and waits until it listens.
 *
 * @throws Error when it ends before that; it has then said why on its standard error.
 */
export async function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const script = path.join(__dirname, '..', '..', '..', 'services', options.name, 'dist', 'main.js');
  const child = spawn(process.execPath, [script], {
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches every process of a terminal's group; here it is the parent that decides the order.
    detached: true,
  });
  child.stdout?.on('data', (chunk: Buffer) => options.onLog?.(chunk));
  child.stderr?.on('data', (chunk: Buffer) => options.onError?.(chunk));
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('error', () => resolve({ code: 1, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const port = await Promise.race([portOf(child), exited.then(() => null)]);
  if (port === null) throw new Error(`${options.name} did not start`);
  return {
    name: options.name,
    url: `http://${options.host}:${port}`,
    pid: child.pid as number,
    exited,
    stop: () => end(child, exited, 'SIGTERM'),
    kill: () => end(child, exited, 'SIGKILL'),
  };
}

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: { port?: number }) => {
      if (typeof message.port === 'number') resolve(message.port);
    });
  });
}

async function end(child: ChildProcess, exited: Promise<EngineExit>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await exited;
}
