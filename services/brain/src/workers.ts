import cluster from 'node:cluster';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type Logger, reportPort, runUntilSignal } from '@otas/http-kit';

const restartMs = 1000;

/** The directory of a worker's own log; workers count from 1. */
export function logDirOf(baseDir: string, worker: number): string {
  return path.join(baseDir, `worker-${worker}`);
}

/** The logs of workers that there were when there were more of them; what they still hold must be delivered too. */
export function findLeftoverLogs(baseDir: string, workers: number): string[] {
  const names = readdirSync(baseDir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const numbers = names.map((entry) => Number(/^worker-(\d+)$/.exec(entry.name)?.[1] ?? 0));
  return numbers.filter((number) => number > workers).map((number) => logDirOf(baseDir, number));
}

/** Sends a signal to every worker that runs. */
export function signalWorkers(signal: NodeJS.Signals): void {
  for (const child of Object.values(cluster.workers ?? {})) child?.process.kill(signal);
}

interface WorkerMessage {
  readonly port?: number;
  readonly cannotRun?: string;
}

/** Tells the parent of a worker why none of them can run; then `done`. */
export function tellCannotRun(reason: string, done: () => void): void {
  process.send?.({ cannotRun: reason } satisfies WorkerMessage, undefined, undefined, done);
}

/**
 * Runs `count` workers on one port and keeps them running: each is this program again, with `BRAIN_WORKER` saying which
 * it is. Resolves after a signal, once all have stopped.
 *
 * @throws Error when a worker says that none can run, once all have stopped
 */
export async function runWorkers(count: number, logger: Logger, timeoutMs: number): Promise<void> {
  let isStopping = false;
  let giveUp: (error: Error) => void;
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const start = (worker: number): void => {
    const child = cluster.fork({ BRAIN_WORKER: String(worker) });
    child.on('message', ({ port, cannotRun }: WorkerMessage) => {
      if (typeof port === 'number') reportPort(port);
      if (cannotRun !== undefined) giveUp(new Error(cannotRun));
    });
    child.on('exit', (code, signal) => {
      if (isStopping) return;
      logger.error({ worker, code, signal }, 'a worker ended by itself');
      setTimeout(() => start(worker), restartMs);
    });
  };
  for (let worker = 1; worker <= count; worker++) start(worker);
  const stop = (): Promise<unknown> => {
    isStopping = true;
    const children = Object.values(cluster.workers ?? {}).filter((child) => child !== undefined);
    return Promise.all(
      children.map((child) => {
        const exited = new Promise((resolve) => child.once('exit', resolve));
        child.process.kill('SIGTERM');
        return exited;
      }),
    );
  };
  const ended = runUntilSignal(logger, timeoutMs, [{ name: 'workers', run: stop }]);
  await Promise.race([ended, givenUp]).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
}
