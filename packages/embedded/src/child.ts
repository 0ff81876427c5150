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
  if (process.connected) process.on('SIGINT', () => undefined);
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
      fail(
        err.code === 'EADDRINUSE' ? new Error(`port ${port} of ${host} is taken by another process`) : err,
      );
    });
    server.listen({ host, port }, () => done());
  });
}

/** Reads an argument particular to one engine, from 1 to a bound. @throws Error naming it when it is none. */
export function wholeNumber({ rest }: ChildArguments, name: string, ifMissing: number, most: number): number {
  const text = rest[name];
  if (text === undefined) return ifMissing;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} ${text} is not a whole number from 1 to ${most}`);
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
  if (!process.send) process.on('SIGINT', end);
  // The parent may have gone while the engine started.
  if (process.connected === false) void end();
}

function oneLine(err: unknown): string {
  return (err instanceof Error ? err.message : String(err)).replace(/\s*\n\s*/g, ' ');
}
