import cluster from 'node:cluster';
import type { Logger } from './logger';

/** One step of a stop, in the order of the list; a step that fails is logged and the next one follows. */
export interface ShutdownStep {
  readonly name: string;
  run(): Promise<unknown> | unknown;
}

/** Tells a parent that started this process with a channel to it, if there is one, on which port it listens. */
export function reportPort(port: number): void {
  process.send?.({ port });
}

/**
 * Ctrl-C reaches every process of a terminal's group; whether a worker ends is for the process that started it to say.
 */
const stopSignals = cluster.isWorker ? (['SIGTERM'] as const) : (['SIGTERM', 'SIGINT'] as const);
const stopEvents = [...stopSignals, 'disconnect'] as const;
const endAtOnce = (): never => process.exit(0);

/**
 * Ends the process at once when it is told to end, or when its parent has ended, before there is anything to finish:
 * from here until {@link runUntilSignal}. As the first process of a container it would otherwise not hear a signal.
 */
export function endOnSignal(): void {
  for (const event of stopEvents) process.on(event, endAtOnce);
  if (cluster.isWorker) process.on('SIGINT', () => undefined);
}

/**
 * Resolves after SIGTERM or SIGINT, or when a parent with a channel to this process has ended, once every step has
 * run. A second signal ends the process at once with code 1; so does `timeoutMs` (milliseconds) without an end of the
 * steps.
 */
export async function runUntilSignal(
  logger: Logger,
  timeoutMs: number,
  steps: readonly ShutdownStep[],
): Promise<void> {
  const reason = await new Promise<string>((resolve) => {
    for (const signal of stopSignals) process.once(signal, resolve);
    process.once('disconnect', () => resolve('the parent process has ended'));
    for (const event of stopEvents) process.off(event, endAtOnce);
  });
  const endNow = (): never => process.exit(1);
  for (const signal of stopSignals) process.on(signal, endNow);
  setTimeout(endNow, timeoutMs).unref();
  logger.info({ reason }, 'stopping');
  for (const step of steps) {
    try {
      await step.run();
    } catch (error) {
      logger.error({ err: error, step: step.name }, 'a step of the stop failed');
    }
  }
  logger.info('stopped');
}
