import path from 'node:path';
import { counter, gauge, type Metric, type RequestMetrics, type Sample } from '@otas/http-kit';
import type { CaptureLog } from './capture/capture-log';
import type { Deps } from './deps';

/** All that a worker of Brain says of itself, beside what every process does. */
export function brainMetrics(deps: Deps, requests: RequestMetrics): Metric[] {
  const { capture, uasam, followers, limits } = deps;
  return [
    ...requests.metrics(),
    ...limits.requests.metrics(),
    counter('otas_events_captured_total', 'Events that are on disk.', () => capture.captured),
    counter('otas_events_rejected_total', 'Events of batches that were at fault.', () => capture.rejected),
    ...logMetrics([deps.captureLog, ...deps.leftoverLogs]),
    {
      name: 'otas_authorization_answers_total',
      help: 'Questions of who may do what, by where the answer came from: memory or uasam.',
      type: 'counter',
      read: () =>
        uasam.authorizer.uses().map(({ use, from, count }) => ({ value: count, labels: { use, from } })),
    },
    gauge(
      'otas_revocation_feed_age_seconds',
      'How long ago UASAM was asked what was revoked, and told all.',
      () => uasam.revocationFeed.ageMs() / 1000,
    ),
    gauge('otas_streams', 'Clients that follow a session.', () => followers.count),
  ];
}

function logMetrics(logs: readonly CaptureLog[]): Metric[] {
  const ofLogs = (
    name: string,
    type: Metric['type'],
    help: string,
    read: (log: CaptureLog) => number | Promise<number>,
  ): Metric => ({
    ...{ name, type, help },
    read: () => Promise.all(logs.map(async (log) => ({ value: await read(log), labels: labelsOf(log) }))),
  });
  return [
    ofLogs(
      'otas_event_log_events',
      'gauge',
      'Events that are not in ClickHouse yet.',
      (log) => log.counters.waiting,
    ),
    ofLogs('otas_event_log_bytes', 'gauge', 'What they take on disk.', (log) => log.log.usedBytes),
    ofLogs('otas_event_log_max_bytes', 'gauge', 'What they may take.', (log) => log.log.maxBytes),
    ofLogs(
      'otas_event_log_oldest_age_seconds',
      'gauge',
      'Age of the oldest event that is not in ClickHouse yet; 0: all are.',
      (log) => log.oldestAgeSeconds(),
    ),
    ofLogs(
      'otas_clickhouse_inserts_total',
      'counter',
      'Inserts of events.',
      ({ drain }) => drain.counts.inserts,
    ),
    ofLogs(
      'otas_clickhouse_inserted_events_total',
      'counter',
      'Events that were brought into ClickHouse.',
      ({ drain }) => drain.counts.events,
    ),
    ofLogs(
      'otas_clickhouse_insert_failures_total',
      'counter',
      'Inserts that failed and are tried again.',
      ({ drain }) => drain.counts.failures,
    ),
    ofLogs(
      'otas_clickhouse_insert_retries_total',
      'counter',
      'Inserts that were tried after one had failed.',
      ({ drain }) => drain.counts.retries,
    ),
    ofLogs(
      'otas_dead_letters_total',
      'counter',
      'Events that ClickHouse will never take, and that were set aside.',
      ({ drain }) => drain.counts.deadLetters,
    ),
    {
      name: 'otas_clickhouse_insert_duration_seconds',
      help: 'How long the inserts took that succeeded.',
      type: 'histogram',
      read: () => logs.flatMap((log): Sample[] => log.drain.counts.durations.samples(labelsOf(log))),
    },
  ];
}

/** The log of a worker, by the name of its directory. */
function labelsOf(log: CaptureLog): { readonly log: string } {
  return { log: path.basename(log.log.dir) };
}
