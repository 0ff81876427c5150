import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../logger';
import type { Metric } from './metric';

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Beside those that every Node.js process has. */
  readonly metrics: readonly Metric[];
  readonly logger: Logger;
}

/** Answers `GET /metrics` on a port of its own, in the text format of Prometheus. */
export interface MetricsServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Listens; loads the Prometheus client only now. Rejects when the port is taken. */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host, logger } = options;
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const metric of options.metrics) {
    // Of a metric the registry asks no more than its name and this; its types want its own classes.
    registry.registerMetric({ name: metric.name, get: () => readMetric(metric) } as never);
  }
  const server = http.createServer((req, res) => {
    if (req.method !== 'GET' || req.url !== '/metrics') return void res.writeHead(404).end();
    registry.metrics().then(
      (text) => res.writeHead(200, { 'Content-Type': registry.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'the metrics cannot be read');
        res.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Each worker of a service has its own port: not one that is shared with the others.
    server.listen({ host, port: options.port, exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  logger.info({ host, port }, `/metrics is on http://${host}:${port}`);
  return { port, stop: () => stop(server) };
}

async function readMetric({ name, help, type, read }: Metric) {
  const samples = await read();
  return {
    ...{ name, help, type, aggregator: 'sum' },
    values: samples.map(({ value, labels = {}, suffix = '' }) => ({
      value,
      labels,
      metricName: `${name}${suffix}`,
    })),
  };
}

async function stop(server: http.Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
