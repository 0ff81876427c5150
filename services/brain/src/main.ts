import { setFlagsFromString } from 'node:v8';
import { createLogger, endOnSignal } from '@otas/http-kit';
import { followsKeys, readBrainConfig } from './config';
import { serve } from './serve';
import { runWorkers, signalWorkers, tellCannotRun } from './workers';

// Otherwise garbage may grow to four times what is alive before it is collected, which is most of Brain's memory.
setFlagsFromString('--heap-growing-percent=100');

async function main(): Promise<void> {
  endOnSignal();
  const config = readBrainConfig(process.env);
  const worker = process.env.BRAIN_WORKER;
  if (worker !== undefined) return serve(config, Number(worker), failAll);
  if (config.WEB_CONCURRENCY === 1) return serve(config, 1, fail);
  const logger = createLogger('brain', config.LOG_LEVEL);
  if (followsKeys(config)) process.on('SIGHUP', () => signalWorkers('SIGHUP'));
  return runWorkers(config.WEB_CONCURRENCY, logger, config.SHUTDOWN_TIMEOUT_MS);
}

function fail(error: unknown): never {
  console.error(`Brain cannot run: ${messageOf(error)}`);
  process.exit(1);
}

/** Of a worker: what is wrong is wrong for every worker, and starting another one would not help. */
function failAll(error: unknown): void {
  tellCannotRun(messageOf(error), () => process.exit(1));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown error';
}

main().then(() => process.exit(0), fail);
