import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHttpServer,
  endConnections,
  listen,
  type MetricsServer,
  RequestMetrics,
  reportPort,
  runUntilSignal,
  startMetricsServer,
  startTracing,
  stopListening,
} from '@otas/http-kit';
import { createBrainApp } from './app';
import { type BrainConfig, followsKeys } from './config';
import { createDeps, type Deps, storeOptions } from './deps';
import { brainMetrics } from './metrics';
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
  const tracing = await startTracing('otas-brain', config);
  const deps = createDeps(config, worker, tracing);
  const requests = config.BRAIN_METRICS_PORT === null ? undefined : new RequestMetrics();
  if (followsKeys(config)) process.on('SIGHUP', () => deps.sessionKeys.reload());
  const logs = [deps.captureLog, ...deps.leftoverLogs];
  let isStopping = false;
  const server = createHttpServer(
    createBrainApp(config, deps, () => isStopping, { metrics: requests, tracing: tracing ?? undefined }),
    {
      headersMaxBytes: config.HEADERS_MAX_BYTES,
      requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
      errorBody,
    },
  );
  const port = await listen(server, config.HOST, config.BRAIN_PORT);
  deps.logger.info({ host: config.HOST, port, worker }, 'listening');
  const metrics = await serveMetrics(config, deps, worker, requests);
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
    { name: 'kept connections', run: () => endConnections(server) },
    { name: 'delay', run: () => sleep(config.SHUTDOWN_DELAY_MS) },
    { name: 'streams', run: () => [deps.followers, deps.exports].map((one) => one.stop()) },
    { name: 'http server', run: () => stopListening(server, requestsGraceMs(config)) },
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
    { name: 'metrics', run: () => metrics?.stop() },
    { name: 'traces', run: () => tracing?.stop() },
  ]);
}

/** Half of the time that a stop has once its delay is over: the other half is for what they left. */
function requestsGraceMs({ SHUTDOWN_DELAY_MS, SHUTDOWN_TIMEOUT_MS }: BrainConfig): number {
  return (SHUTDOWN_TIMEOUT_MS - SHUTDOWN_DELAY_MS) / 2;
}

/** Each worker has its own port: what all of them count together is for Prometheus to say. */
async function serveMetrics(
  config: BrainConfig,
  deps: Deps,
  worker: number,
  requests: RequestMetrics | undefined,
): Promise<MetricsServer | null> {
  const { HOST: host, BRAIN_METRICS_PORT: first } = config;
  if (first === null || requests === undefined) return null;
  const port = first === 0 ? 0 : first + worker - 1;
  return startMetricsServer({ host, port, metrics: brainMetrics(deps, requests), logger: deps.logger });
}
