import type { RequestListener, Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createHttpServer,
  createLogger,
  endConnections,
  endOnSignal,
  listen,
  RequestMetrics,
  reportPort,
  runUntilSignal,
  startMetricsServer,
  startTracing,
  stopListening,
} from '@otas/http-kit';
import { createUasamApps } from './app';
import { type Config, readConfig } from './config';
import { Database } from './db/database';
import { migrate } from './db/migrate';
import { waitForDatabase } from './db/wait-for-database';
import { createDeps } from './deps';
import { uasamMetrics } from './metrics';

/** Starts UASAM, and returns once it was told to end and has ended. */
async function run(config: Config): Promise<void> {
  const logger = createLogger('uasam', config.logLevel);
  await waitForDatabase(config.databaseUrl, (code) => logger.warn({ code }, 'waiting for Postgres'));
  const migrations = await migrate(config.databaseUrl);
  if (migrations.length > 0) logger.info({ migrations }, 'the database was migrated');

  const onIdleError = (code: string): void => logger.warn({ code }, 'a connection to Postgres was lost');
  const database = new Database({ url: config.databaseUrl, poolMax: config.databasePoolMax, onIdleError });
  const deps = await createDeps(config, logger, database);
  if (deps.tokenKeys.areInFiles) process.on('SIGHUP', () => deps.tokenKeys.reload());
  const tracing = await startTracing('otas-uasam', config.tracing);
  const requests = config.metricsPort === null ? undefined : new RequestMetrics();
  let isStopping = false;
  const watchers = { metrics: requests, tracing: tracing ?? undefined };
  const { main: app, internal } = createUasamApps(deps, () => isStopping, watchers);
  const servers: Server[] = [];
  const serve = async (listener: RequestListener, wanted: number): Promise<number> => {
    const server = createHttpServer(listener, config);
    servers.push(server);
    return listen(server, config.host, wanted);
  };
  if (internal !== null && config.internalPort !== null) {
    const port = await serve(internal, config.internalPort);
    logger.info({ host: config.host, port }, `/internal/ is on http://${config.host}:${port}`);
  }
  const port = await serve(app, config.port);
  logger.info({ host: config.host, port }, `UASAM listens on http://${config.host}:${port}`);
  const metrics =
    config.metricsPort === null || requests === undefined
      ? null
      : await startMetricsServer({
          ...{ host: config.host, port: config.metricsPort, logger },
          metrics: uasamMetrics(deps, requests),
        });
  reportPort(port);

  // The other half is for what requests leave.
  const graceMs = (config.shutdownTimeoutMs - config.shutdownDelayMs) / 2;
  await runUntilSignal(logger, config.shutdownTimeoutMs, [
    { name: 'readiness', run: () => (isStopping = true) },
    { name: 'kept connections', run: () => servers.forEach(endConnections) },
    { name: 'delay', run: () => sleep(config.shutdownDelayMs) },
    {
      name: 'requests',
      run: () => Promise.all(servers.map((server) => stopListening(server, graceMs))),
    },
    { name: 'agent key uses', run: () => deps.agentKeyUses.stop() },
    { name: 'SDK key uses', run: () => deps.sdkKeyUses.stop() },
    { name: 'old revocations', run: () => deps.revocationSweep.stop() },
    { name: 'limits', run: () => deps.limits.stop() },
    { name: 'records of deleted projects', run: () => deps.recordEraser.stop() },
    { name: 'keys of tokens', run: () => deps.tokenKeys.stop() },
    { name: 'Postgres', run: () => database.close() },
    { name: 'metrics', run: () => metrics?.stop() },
    { name: 'traces', run: () => tracing?.stop() },
  ]);
}

/** One message, without a stack and without the value of any setting. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'an unknown error';
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

async function main(): Promise<void> {
  endOnSignal();
  try {
    await run(readConfig(process.env));
    // A channel to a parent process would keep this one alive.
    process.exit(0);
  } catch (error) {
    console.error(`UASAM did not start: ${describe(error)}`);
    process.exit(1);
  }
}

void main();
