import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Where an engine keeps its data and where it listens. */
export interface EngineOptions {
  /**
   * Directory of the engine's data, as an absolute path; created with mode 0700 when missing. One process at a
   * time may use it.
   */
  dir: string;
  /** Address to listen on. Every credential is accepted, so keep it a loopback one. Default `127.0.0.1`. */
  host?: string;
  /** TCP port; 0 takes any free one. Default 0. */
  port?: number;
  /** Called once when the process has ended, for whatever reason. */
  onExit?: (exit: EngineExit) => void;
  /** Receives what the engine writes to its standard error, line by line. Default: dropped while it runs. */
  stderr?: (line: string) => void;
}

/** How an engine's process ended: exactly one of the two is not null. */
export interface EngineExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A running engine. */
export interface EngineProcess {
  /** What a client connects to. */
  url: string;
  /** Process id of the engine. */
  pid: number;
  /** Settles when the process has ended; never rejects. */
  exited: Promise<EngineExit>;
  /** Asks the engine to finish and close its files; kills it when that takes longer than 10 s. */
  stop(): Promise<void>;
  /** Ends the process at once, as a crash would (SIGKILL). */
  kill(): Promise<void>;
}

/** What is particular to one engine: its program in `dist/bin`, further arguments, and the form of its URL. */
export interface EngineProgram {
  name: string;
  script: string;
  args: string[];
  url: (host: string, port: number) => string;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const keptStderrLines = 20;

/**
 * Starts an engine in a process of its own and waits until it accepts connections.
 *
 * @throws Error when the process ends, or says nothing for 60 s, before it is ready; the message carries the last
 *   lines of its standard error.
 */
export async function startEngine(program: EngineProgram, options: EngineOptions): Promise<EngineProcess> {
  const host = options.host ?? '127.0.0.1';
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const child = spawn(
    process.execPath,
    [
      join(__dirname, '..', 'dist', 'bin', program.script),
      ...['--dir', options.dir, '--host', host, '--port', String(options.port ?? 0)],
      ...program.args,
    ],
    // In a process group of its own: a signal to the parent's whole group must not end it before those who use it.
    { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], serialization: 'json', detached: true },
  );
  const lastLines = keepLastLines(child, options.stderr);
  const exited = new Promise<EngineExit>((resolve) => {
    child.once('error', () => resolve({ code: 1, signal: null }));
    // 'close' and not 'exit': the last words on stderr have been read by then.
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const port = await readyPort(child, exited).catch(async (cause: Error) => {
    child.kill('SIGKILL');
    await exited;
    const words = lastLines.join('\n') || cause.message;
    throw new Error(`${program.name} did not start in ${options.dir}: ${words}`, { cause });
  });
  if (options.onExit) void exited.then(options.onExit);
  return {
    url: program.url(host, port),
    pid: child.pid as number,
    exited,
    stop: () => end(child, exited, 'SIGTERM'),
    kill: () => end(child, exited, 'SIGKILL'),
  };
}

async function readyPort(child: ChildProcess, exited: Promise<EngineExit>): Promise<number> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), startTimeoutMs);
  try {
    return await Promise.race([
      once(child, 'message', { signal: abort.signal }).then(
        ([message]) => (message as { port: number }).port,
      ),
      exited.then(({ code, signal }) => {
        throw new Error(`its process ended with ${signal ?? `code ${code}`}`);
      }),
    ]);
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function keepLastLines(child: ChildProcess, forward?: (line: string) => void): string[] {
  const lines: string[] = [];
  if (!child.stderr) return lines;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    if (lines.length > keptStderrLines) lines.shift();
    forward?.(line);
  });
  return lines;
}

async function end(child: ChildProcess, exited: Promise<EngineExit>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}
