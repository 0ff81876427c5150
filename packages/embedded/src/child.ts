import { mkdir } from 'node:fs/promises';
import type { AddressInfo, Server } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type DirectoryLock, lockDirectory } from './directory-lock';

/** What every engine's program is told on its command line. */
export interface ChildArguments {
  /** Absolute path of the data directory, or `memory` for none. */
  dir: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Arguments particular to one engine, as given. */
  rest: Record<string, string | undefined>;
}

/** An engine that accepts connections. */
export interface RunningEngine {
  server: Server;
  /** Finishes what is under way and closes the engine's files. */
  close(): Promise<void>;
}

/**
 * Body of an engine's program: reads the arguments, takes the directory, starts the engine, reports the port (over
 * IPC to a parent, else as a JSON line on standard output) and runs until told to end. It ends cleanly on SIGTERM
 * and when its parent is gone. Under a parent SIGINT is ignored: Ctrl-C reaches every process of a terminal, and
 * it is the parent that decides the order. A start that fails is one line on standard error and exit code 1.
 */
export async function runChild(
  start: (args: ChildArguments) => Promise<RunningEngine>,
  extraArguments: string[] = [],
): Promise<void> {
  let lock: DirectoryLock | undefined;
  try {
    const args = readArguments(extraArguments);
    if (args.dir !== 'memory') {
      await mkdir(args.dir, { recursive: true, mode: 0o700 });
      lock = await lockDirectory(args.dir);
    }
    const engine = await start(args);
    endWhenTold(engine, lock);
    report(engine.server);
  } catch (err) {
    await lock?.release();
    console.error(oneLine(err));
    process.exit(1);
  }
}

/** Starts to listen. @throws Error that names the port when it is taken. */
export function listen(server: Server, { host, port }: ChildArguments): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (err: NodeJS.ErrnoException) => {
      fail(err.code === 'EADDRINUSE' ? new Error(`port ${port} of ${host} is taken by another process`) : err);
    });
    server.listen({ host, port }, () => done());
  });
}

function readArguments(extra: string[]): ChildArguments {
  const names = ['dir', 'host', 'port', ...extra];
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const { dir, host = '127.0.0.1', port = '0', ...rest } = values as Record<string, string | undefined>;
  if (!dir) throw new Error('--dir is missing: the data directory');
  if (!/^\d{1,5}$/.test(port)) throw new Error(`--port ${port} is not a port`);
  return { dir: dir === 'memory' ? dir : resolve(dir), host, port: Number(port), rest };
}

function report(server: Server): void {
  const ready = { port: (server.address() as AddressInfo).port };
  if (process.send) process.send(ready);
  else console.log(JSON.stringify(ready));
}

function endWhenTold(engine: RunningEngine, lock: DirectoryLock | undefined): void {
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await engine.close().catch((err) => console.error(oneLine(err)));
    await lock?.release();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('disconnect', end);
  process.on('SIGINT', process.connected ? () => undefined : end);
}

function oneLine(err: unknown): string {
  return (err instanceof Error ? err.message : String(err)).replace(/\s*\n\s*/g, ' ');
}
