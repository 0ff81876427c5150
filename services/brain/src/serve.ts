import { createHttpServer, listen, reportPort, runUntilSignal, stopListening } from '@otas/http-kit';
import { createBrainApp } from './app';
import { type BrainConfig, followsKeys } from './config';
import { createDeps, storeOptions } from './deps';
import { migrateWhenUp } from './migrate-when-up';
import { errorBody } from './v2/error-form';

/**
 * Serves Brain's routes as one worker, until a signal.
 *
 * @param worker which it is, from 1 on
 * @param fail called when the event store can never have the schema that this version needs
 */
export async function serve(
  config: BrainConfig,
  worker: number,
  fail: (error: unknown) => void,
): Promise<void> {
  const deps = createDeps(config, worker);
  if (followsKeys(config)) process.on('SIGHUP', () => deps.sessionKeys.reload());
  const logs = [deps.captureLog, ...deps.leftoverLogs];
  let isStopping = false;
  const server = createHttpServer(
    createBrainApp(config, deps, () => isStopping),
    {
      headersMaxBytes: config.HEADERS_MAX_BYTES,
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
      errorBody,
    },
  );
  const port = await listen(server, config.HOST, config.BRAIN_PORT);
  deps.logger.info({ host: config.HOST, port, worker }, 'listening');
  reportPort(port);
  // Events are taken in from now on, and wait in the log for a ClickHouse that is not up yet.
  migrateWhenUp(storeOptions(config), deps.logger).then(() => {
    for (const log of logs) log.start();
    deps.eraser.start();
    deps.retentionKeeper.start();
  }, fail);
  void deps.uasam.revocationFeed.run();
  await runUntilSignal(deps.logger, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'readiness', run: () => (isStopping = true) },
    { name: 'streams', run: () => [deps.followers, deps.exports].map((one) => one.stop()) },
    { name: 'http server', run: () => stopListening(server, config.SHUTDOWN_TIMEOUT_MS / 2) },
    { name: 'erasures', run: () => Promise.all([deps.eraser.stop(), deps.retentionKeeper.stop()]) },
    { name: 'event logs', run: () => Promise.all(logs.map((log) => log.stop())) },
    {
      name: 'event store',
      run: () =>
        Promise.all(
          [deps.store, deps.timeline, deps.erasureStore, deps.exportStore].map((one) => one.close()),
        ),
    },
    { name: 'limits', run: () => deps.limits.stop() },
    { name: 'keys of tokens', run: () => deps.sessionKeys.stop() },
    { name: 'uasam client', run: () => deps.uasam.close() },
  ]);
}
