import type { ClickHouseClient } from '@clickhouse/client';
import type { BackendEvent } from '@otas/event-schema';
import { type EventTuple, toEvent, toRow } from './backend-event-row';
import { createClickHouseClient, type EventStoreOptions } from './client';
import { orUnavailable } from './errors';
import type { DayRange } from './queries/day-range';
import { errorCount } from './queries/error-count';
import { knownEventIds } from './queries/known-event-ids';
import { latencyPercentiles } from './queries/latency-percentiles';
import { type PathSeries, pathTimeseries, toPathSeries } from './queries/path-timeseries';
import { run } from './queries/query';
import { type SessionPage, sessionEvents, toParameters } from './queries/session-events';

export type { EventStoreOptions };

export interface LatencyPercentiles {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** What makes an event the same event: its id within its project. */
export function eventKey(event: Pick<BackendEvent, 'projectId' | 'eventId'>): string {
  return `${event.projectId}/${event.eventId}`;
}

/**
 * The events in ClickHouse. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
 * or does not answer within the request timeout.
 */
export class EventStore {
  readonly #client: ClickHouseClient;

  /** The database must have been migrated. */
  constructor(options: EventStoreOptions) {
    this.#client = createClickHouseClient(options, options.database);
  }

  /** Resolves when ClickHouse answered a real query. */
  async check(): Promise<void> {
    await run(this.#client, { name: 'check', sql: () => 'SELECT count() FROM schema_migrations' }, {});
  }

  /** Once it resolves, the next read sees the events; when it throws, some or all may have been stored. */
  async insertBackendEvents(events: readonly BackendEvent[]): Promise<void> {
    await orUnavailable(() =>
      this.#client.insert({ table: 'backend_events', values: events.map(toRow), format: 'JSONEachRow' }),
    );
  }

  /** The {@link eventKey}s of those of the given events whose id is stored in their project. */
  async findKnownEventKeys(
    events: readonly Pick<BackendEvent, 'projectId' | 'eventId'>[],
  ): Promise<Set<string>> {
    if (events.length === 0) return new Set();
    const projectIds = [...new Set(events.map((event) => event.projectId))];
    const rows = await run(this.#client, knownEventIds, {
      projectIds,
      eventIds: events.map((event) => event.eventId),
    });
    return new Set(rows.map(([projectId, eventId]) => eventKey({ projectId, eventId })));
  }

  /** The events of a page, ascending in time and then in the text of their id. */
  async listSessionEvents(page: SessionPage): Promise<BackendEvent[]> {
    const rows: EventTuple[] = await run(this.#client, sessionEvents, toParameters(page));
    return rows.map(toEvent);
  }

  async countPathsByDay(range: DayRange): Promise<PathSeries[]> {
    return toPathSeries(await run(this.#client, pathTimeseries, { ...range }));
  }

  async computeLatencyPercentilesByDay(range: DayRange): Promise<LatencyPercentiles[]> {
    const rows = await run(this.#client, latencyPercentiles, { ...range });
    return rows.map(([date, [p50, p95, p99]]) => ({ date, p50, p95, p99 }));
  }

  async countErrorsByDay(range: DayRange): Promise<{ date: string; count: number }[]> {
    const rows = await run(this.#client, errorCount, { ...range });
    return rows.map(([date, count]) => ({ date, count }));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
