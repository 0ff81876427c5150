import { gauge, type Metric, type RequestMetrics } from '@otas/http-kit';
import type { Deps } from './deps';

/** All that UASAM says of itself, beside what every process does. */
export function uasamMetrics({ database, limits, config }: Deps, requests: RequestMetrics): Metric[] {
  return [
    ...requests.metrics(),
    ...limits.requests.metrics(),
    {
      name: 'otas_postgres_connections',
      help: 'Connections to Postgres, by what they do: busy or idle.',
      type: 'gauge',
      read: () => {
        const { open, idle } = database.connections;
        return [
          { value: open - idle, labels: { state: 'busy' } },
          { value: idle, labels: { state: 'idle' } },
        ];
      },
    },
    gauge('otas_postgres_connections_max', 'As many there may be.', () => config.databasePoolMax),
    gauge(
      'otas_postgres_waiting_requests',
      'Requests that wait for a connection.',
      () => database.connections.waiting,
    ),
  ];
}
