import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import type { BackendEvent, Micros } from '@otas/event-schema';
import {
  type EventTuple,
  fromRowText,
  insertColumns,
  toDateTime64,
  toEvent,
  toRowText,
} from './backend-event-row';
import { createClickHouseClient, type EventStoreOptions } from './client';
import { orRejected, orUnavailable } from './errors';
import { neededVersion } from './migrate';
import { captureCounts, type InstanceCounts, toCounts } from './queries/capture-counts';
import type { DayRange } from './queries/day-range';
import { type DeadLetter, deadLetters, toDeadLetter } from './queries/dead-letters';
import { errorCount } from './queries/error-count';
import { type KnownEvent, knownEventIds } from './queries/known-event-ids';
import { latencyPercentiles } from './queries/latency-percentiles';
import { type PathSeries, pathTimeseries, toPathSeries } from './queries/path-timeseries';
import { run } from './queries/query';
import { schemaVersion } from './queries/schema-version';
import { type SessionPage, sessionEvents, toParameters } from './queries/session-events';
import { storedCount } from './queries/stored-count';

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

/** A captured event as {@link EventStore.insertBackendEventRows} takes it. */
export function backendEventRow(event: BackendEvent): string {
  return toRowText(event);
}

/** The event of a row that {@link backendEventRow} wrote. */
export function eventOfRow(row: string): BackendEvent {
  return fromRowText(row);
}

/**
 * The events in ClickHouse. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
 * or does not answer within the request timeout.
 */
export class EventStore {
  readonly #client: ClickHouseClient;
  readonly #neededVersion = neededVersion();

  /** Until the database has been migrated, only `check` may be called. */
  constructor(options: EventStoreOptions) {
    this.#client = createClickHouseClient(options, options.database);
  }

  /** Resolves when ClickHouse answered a real query and has the schema that this code needs; else throws. */
  async check(): Promise<void> {
    const [row] = await run(this.#client, schemaVersion, {});
    if ((row?.[0] ?? 0) < this.#neededVersion) throw new Error('the event store has not been migrated yet');
  }

  /**
   * Once it resolves, the next read sees the events; when it throws, some or all may have been stored.
   *
   * @param rows texts of {@link backendEventRow}
   * @throws EventsRejected when ClickHouse will never take one of the rows; EventStoreUnavailable for whatever else
   *   it refuses them for
   */
  async insertBackendEventRows(rows: readonly Buffer[]): Promise<void> {
    await orRejected(async () => {
      const { stream } = await this.#client.exec({
        query: `INSERT INTO backend_events (${insertColumns}) FORMAT JSONCompactEachRow`,
        values: Readable.from([Buffer.concat(rows)], { objectMode: false }),
      });
      for await (const _ of stream) {
        // An insert answers with nothing; the connection is free again once that has been read.
      }
    });
  }

  /** Those of the given events whose id is stored in their project, by {@link eventKey}. */
  async findKnownEvents(
    events: readonly Pick<BackendEvent, 'projectId' | 'eventId'>[],
  ): Promise<Map<string, KnownEvent>> {
    if (events.length === 0) return new Map();
    const projectIds = [...new Set(events.map((event) => event.projectId))];
    const eventIds = events.map((event) => event.eventId);
    const rows = await run(this.#client, knownEventIds, { projectIds, eventIds });
    return new Map(
      rows.map(([projectId, eventId, firstCreatedAt, times]) => {
        return [eventKey({ projectId, eventId }), { firstCreatedAt, hasTwin: times > 1 }];
      }),
    );
  }

  /** Deletes the events under an event's id that were taken in after `firstCreatedAt`. */
  async removeLaterTwins(
    event: Pick<BackendEvent, 'projectId' | 'eventId'>,
    firstCreatedAt: Micros,
  ): Promise<void> {
    await orUnavailable(() =>
      this.#client.command({
        query: `INSERT INTO backend_events (${insertColumns}, version, is_deleted)
          SELECT ${insertColumns}, 1, 1 FROM backend_events
          WHERE project_id = {projectId:UUID} AND event_id = {eventId:UUID}
            AND created_at > fromUnixTimestamp64Micro({firstCreatedAt:Int64}, 'UTC')`,
        query_params: { projectId: event.projectId, eventId: event.eventId, firstCreatedAt },
      }),
    );
  }

  /**
   * The events of a page, ascending in time and then in the text of their id.
   *
   * @throws AnswerTooLarge when they are larger than one answer may be
   */
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

  /** Sets letters aside, or, `isRevived`, marks them as tried again. The last word at `now` counts. */
  async insertDeadLetters(letters: readonly DeadLetter[], isRevived: boolean, now: Micros): Promise<void> {
    const values = letters.map(({ projectId, eventId, createdAt, record, reason }) => ({
      project_id: projectId,
      event_id: eventId,
      created_at: toDateTime64(createdAt),
      record,
      reason,
      is_revived: isRevived ? 1 : 0,
      updated_at: toDateTime64(now),
    }));
    await orUnavailable(() => this.#client.insert({ table: 'dead_letters', values, format: 'JSONEachRow' }));
  }

  /** A project's dead letters by the text of their id, behind `afterEventId` (null: from the first). */
  async listDeadLetters(
    projectId: string,
    limit: number,
    afterEventId: string | null,
  ): Promise<DeadLetter[]> {
    const rows = await run(this.#client, deadLetters, { projectId, limit, afterEventId: afterEventId ?? '' });
    return rows.map(toDeadLetter);
  }

  /** Replaces what an instance has said of projects before. */
  async writeCaptureCounts(
    instanceId: string,
    counts: ReadonlyMap<string, InstanceCounts>,
    now: Micros,
  ): Promise<void> {
    const values = [...counts].map(([projectId, count]) => ({
      project_id: projectId,
      instance_id: instanceId,
      ...count,
      updated_at: toDateTime64(now),
    }));
    await orUnavailable(() =>
      this.#client.insert({ table: 'capture_counts', values, format: 'JSONEachRow' }),
    );
  }

  /** How many different events of a project are stored. */
  async countStored(projectId: string): Promise<number> {
    const [row] = await run(this.#client, storedCount, { projectId });
    return row?.[0] ?? 0;
  }

  /** The sums of what all instances but one have said of a project. */
  async sumCaptureCounts(projectId: string, exceptInstanceId: string): Promise<InstanceCounts> {
    const [row] = await run(this.#client, captureCounts, { projectId, exceptInstanceId });
    return toCounts(row ?? [0, 0, 0, 0]);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
