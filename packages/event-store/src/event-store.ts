import type { ClickHouseClient } from '@clickhouse/client';
import type { BackendEvent, Micros } from '@otas/event-schema';
import { AgentEventStore } from './agent-event-store';
import { type EventTuple, fromRowText, toEvent, toRow } from './backend-event-row';
import { CapturedEvents } from './captured-events';
import { createClickHouseClient, type EventStoreOptions } from './client';
import { toDateTime64 } from './date-time';
import { DirectConnection } from './direct-connection';
import type { Row } from './encode-rows';
import { orUnavailable } from './errors';
import { type EventKind, eventKinds } from './event-kinds';
import { neededVersion } from './migrate';
import { captureCounts, type InstanceCounts, toCounts } from './queries/capture-counts';
import type { DayRange } from './queries/day-range';
import { type DeadLetter, deadLetters, toDeadLetter } from './queries/dead-letters';
import { errorCount } from './queries/error-count';
import { latencyPercentiles } from './queries/latency-percentiles';
import { type PathSeries, pathTimeseries, toPathSeries } from './queries/path-timeseries';
import { run } from './queries/query';
import { schemaVersion } from './queries/schema-version';
import { type SessionPage, sessionEvents, toParameters } from './queries/session-events';
import { Reader } from './reader';

export type { EventStoreOptions };

export interface LatencyPercentiles {
  /** `YYYY-MM-DD`, UTC. */
  readonly date: string;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The row of a captured event; {@link CapturedEvents.insertRows} takes what `encodeRows` makes of it. */
export function backendEventRow(event: BackendEvent): Row {
  return toRow(event);
}

/** The event of an encoded row of {@link backendEventRow}. */
export function eventOfRow(row: string): BackendEvent {
  return fromRowText(row);
}

/**
 * The events in ClickHouse. Every method throws EventStoreUnavailable while ClickHouse cannot be reached, is too busy
 * or does not answer within the request timeout.
 */
export class EventStore {
  readonly #client: ClickHouseClient;
  readonly #reader: Reader;
  readonly #direct: DirectConnection;
  readonly #neededVersion = neededVersion();

  /** The events of each kind, as they are captured. */
  readonly captured: Readonly<Record<EventKind, CapturedEvents>>;
  /** What agents said, thought, called and got back, as it is read and changed. */
  readonly agentEvents: AgentEventStore;

  /** Until the database has been migrated, only `check` may be called. */
  constructor(options: EventStoreOptions) {
    this.#client = createClickHouseClient(options, options.database);
    this.#reader = new Reader(options);
    this.#direct = new DirectConnection(options);
    this.captured = {
      backend_event: new CapturedEvents(this.#client, this.#direct, eventKinds.backend_event),
      agent_event: new CapturedEvents(this.#client, this.#direct, eventKinds.agent_event),
    };
    this.agentEvents = new AgentEventStore(this.#client, this.#reader);
  }

  /** Resolves when ClickHouse answered a real query and has the schema that this code needs; else throws. */
  async check(): Promise<void> {
    const both = [this.#client, this.#reader].map((client) => run(client, schemaVersion, {}));
    const versions = (await Promise.all(both)).map(([row]) => row?.[0] ?? 0);
    if (Math.min(...versions) < this.#neededVersion)
      throw new Error('the event store has not been migrated yet');
  }

  /**
   * The events of a page, ascending in time and then in the text of their id.
   *
   * @throws AnswerTooLarge when they are larger than one answer may be
   */
  async listSessionEvents(page: SessionPage): Promise<BackendEvent[]> {
    const rows: EventTuple[] = await run(this.#reader, sessionEvents, toParameters(page));
    return rows.map(toEvent);
  }

  async countPathsByDay(range: DayRange): Promise<PathSeries[]> {
    return toPathSeries(await run(this.#reader, pathTimeseries, { ...range }));
  }

  async computeLatencyPercentilesByDay(range: DayRange): Promise<LatencyPercentiles[]> {
    const rows = await run(this.#reader, latencyPercentiles, { ...range });
    return rows.map(([date, [p50, p95, p99]]) => ({ date, p50, p95, p99 }));
  }

  async countErrorsByDay(range: DayRange): Promise<{ date: string; count: number }[]> {
    const rows = await run(this.#reader, errorCount, { ...range });
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
    const rows = await run(this.#reader, deadLetters, { projectId, limit, afterEventId: afterEventId ?? '' });
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

  /** How many different events of a project are stored, of all kinds. */
  async countStored(projectId: string): Promise<number> {
    const counts = await Promise.all(Object.values(this.captured).map((events) => events.count(projectId)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** The sums of what all instances but one have said of a project. */
  async sumCaptureCounts(projectId: string, exceptInstanceId: string): Promise<InstanceCounts> {
    const [row] = await run(this.#reader, captureCounts, { projectId, exceptInstanceId });
    return toCounts(row ?? [0, 0, 0, 0]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#client.close(), this.#reader.close()]);
    this.#direct.close();
  }
}
