import type { Logger } from './logger';

/** One step of a stop, in the order of the list; a step that fails is logged and the next one follows. */
export interface ShutdownStep {
  readonly name: string;
  run(): Promise<unknown> | unknown;
}

/**
 * Resolves after SIGTERM or SIGINT, once every step has run. A second signal ends the process at once with code 1;
 * so does `timeoutMs` (milliseconds) without an end of the steps.
 */
export async function runUntilSignal(
  logger: Logger,
  timeoutMs: number,
  steps: readonly ShutdownStep[],
): Promise<void> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  const endNow = (): never => process.exit(1);
  process.once('SIGTERM', endNow);
  process.once('SIGINT', endNow);
  setTimeout(endNow, timeoutMs).unref();
  logger.info({ signal }, 'stopping');
  for (const step of steps) {
    try {
      await step.run();
    } catch (error) {
      logger.error({ err: error, step: step.name }, 'a step of the stop failed');
    }
  }
  logger.info('stopped');
}
