import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreUnavailable, migrate } from '@otas/event-store';
import {
  createHttpServer,
  endOnSignal,
  type Logger,
  listen,
  reportPort,
  runUntilSignal,
  stopListening,
} from '@otas/http-kit';
import { createBrainApp } from './app';
import { type BrainConfig, readBrainConfig } from './config';
import { createDeps, storeOptions } from './deps';

const migrateRetryMs = 1000;

async function main(): Promise<void> {
  endOnSignal();
  const config = readBrainConfig(process.env);
  const deps = createDeps(config);
  let isStopping = false;
  const server = createHttpServer(
    createBrainApp(config, deps, () => isStopping),
    { headersMaxBytes: config.HEADERS_MAX_BYTES, requestTimeoutMs: config.REQUEST_TIMEOUT_MS },
  );
  const port = await listen(server, config.HOST, config.BRAIN_PORT);
  deps.logger.info({ host: config.HOST, port }, 'listening');
  reportPort(port);
  // Events are taken in from now on, and wait in the log for a ClickHouse that is not up yet.
  void migrateWhenUp(config, deps.logger).then(() => {
    deps.drain.start();
    deps.publisher.start();
  }, fail);
  await runUntilSignal(deps.logger, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'readiness', run: () => (isStopping = true) },
    { name: 'http server', run: () => stopListening(server, config.SHUTDOWN_TIMEOUT_MS / 2) },
    { name: 'waiting events', run: () => deps.drain.stop() },
    { name: 'counts', run: () => deps.publisher.stop() },
    { name: 'event log', run: () => deps.log.close() },
    { name: 'event store', run: () => deps.store.close() },
    { name: 'uasam client', run: () => deps.uasam.close() },
  ]);
}

async function migrateWhenUp(config: BrainConfig, logger: Logger): Promise<void> {
  for (;;) {
    try {
      const applied = await migrate(storeOptions(config));
      logger.info({ applied }, 'the event store has the schema that this version needs');
      return;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      logger.warn({ err: error.cause }, 'ClickHouse does not answer yet; trying again');
      await sleep(migrateRetryMs);
    }
  }
}

function fail(error: unknown): never {
  console.error(`Brain cannot run: ${error instanceof Error ? error.message : 'an unknown error'}`);
  process.exit(1);
}

main().then(() => process.exit(0), fail);
