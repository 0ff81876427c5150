import type { ClickHouseClient } from '@clickhouse/client';
import type { Micros } from '@otas/event-schema';
import { toDateTime64 } from './date-time';
import type { DirectConnection, Insert } from './direct-connection';
import { orRejected, orUnavailable } from './errors';
import type { KindOfEvents } from './event-kinds';
import { doubledEventIds, type KnownEvent, knownEventIds, writtenEventIds } from './queries/known-event-ids';
import { run, runDirectly } from './queries/query';
import { removalsOfLaterTwins } from './queries/remove-later-twins';
import { storedCount, storedCounts } from './queries/stored-count';

const idColumns = [
  'kind',
  'event_id',
  'event_time',
  'project_id',
  'agent_id',
  'agent_session_id',
  'created_at',
];

// No column has a default of its own, and for them ClickHouse takes as long as for reading some 20 rows.
const withoutDefaults = { input_format_defaults_for_omitted_fields: 0 };

// Four UUIDs and a time, with quotes and commas; a search in a text takes less than one in bytes.
const fiveColumnsMaxLength = 256;

/** What makes an event the same event: its id, in its project or its session. */
export interface EventIdentity {
  readonly projectId: string;
  readonly agentSessionId: string;
  readonly eventId: string;
}

/**
 * The events of one kind, as whoever captures them stores each of them once. Every method throws EventStoreUnavailable
 * while ClickHouse cannot be reached, is too busy or does not answer within the request timeout.
 */
export class CapturedEvents {
  readonly #client: ClickHouseClient;
  readonly #direct: DirectConnection;
  readonly #kind: KindOfEvents;
  readonly #insertRows: Insert;
  readonly #insertIds: Insert;

  constructor(client: ClickHouseClient, direct: DirectConnection, kind: KindOfEvents) {
    this.#client = client;
    this.#direct = direct;
    this.#kind = kind;
    this.#insertRows = direct.prepareInsert(kind.table, kind.insertColumns, withoutDefaults);
    const settings = { ...withoutDefaults, input_format_allow_errors_ratio: 1 };
    this.#insertIds = direct.prepareInsert('event_ids', idColumns, settings);
  }

  /**
   * Once it resolves, the next read sees the events; when it throws, some or all may have been stored.
   *
   * @param rows of `backendEventRow` or `agentEventRow`, encoded; one or more in each buffer
   * @throws EventsRejected when ClickHouse will never take one of the rows; EventStoreUnavailable for whatever else
   *   it refuses them for
   */
  async insertRows(rows: readonly Buffer[]): Promise<void> {
    await orRejected(() => this.#insertRows(rows));
  }

  /**
   * Writes down where the events of ids are. To be called before they are inserted, by who repeats both until both are
   * done: so no stored event is ever unknown. Safe to repeat. Rows that ClickHouse will never take are left out.
   */
  async insertIds(events: readonly { readonly createdAt: Micros; readonly row: Buffer }[]): Promise<void> {
    if (events.length === 0) return;
    const rows = events.map((event) => this.#idRowOf(event)).join('');
    await orUnavailable(() => this.#insertIds([Buffer.from(rows)]));
  }

  /** A text that is the same for the same event only. */
  keyOf(event: EventIdentity): string {
    return `${this.#scopeOf(event)}/${event.eventId}`;
  }

  /**
   * Those of the given events under whose id one is stored, or was until somebody deleted it, by {@link keyOf}; of ids
   * that were given to {@link insertIds}.
   */
  findKnown(events: readonly EventIdentity[]): Promise<Map<string, KnownEvent>> {
    return this.#findAmong(events, writtenEventIds);
  }

  /** Those of the given events under whose id another is stored as well, or was, in the same form. */
  async findTwins(events: readonly EventIdentity[]): Promise<Map<string, KnownEvent>> {
    const found = await this.#findAmong(events, doubledEventIds);
    return new Map([...found].filter(([, { hasTwin }]) => hasTwin));
  }

  /** Mostly there is none, and a question of its own tells so at a third of the price. */
  async #findAmong(
    events: readonly EventIdentity[],
    candidates: typeof writtenEventIds,
  ): Promise<Map<string, KnownEvent>> {
    if (events.length === 0) return new Map();
    const { kind } = this.#kind;
    const projectIds = [...new Set(events.map((event) => event.projectId))];
    const eventIds = events.map((event) => event.eventId);
    const written = await runDirectly(this.#direct, candidates, { kind, projectIds, eventIds });
    if (written.length === 0) return new Map();
    const rows = await run(this.#client, knownEventIds(this.#kind), {
      kind,
      projectIds,
      eventIds: written.map(([eventId]) => eventId),
    });
    return new Map(
      rows.map(([scopeId, eventId, firstCreatedAt, keys]) => {
        return [`${scopeId}/${eventId}`, { firstCreatedAt, hasTwin: keys > 1 }];
      }),
    );
  }

  /**
   * Deletes the events under an id but the one that was taken in first, at `firstCreatedAt`, and is stored. Of two that were
   * taken in in the same microsecond the one with the smaller key counts as the first, for whoever looks.
   */
  async removeLaterTwins(event: EventIdentity, firstCreatedAt: Micros): Promise<void> {
    const { projectId, eventId } = event;
    const scopeId = this.#scopeOf(event);
    const query_params = { projectId, eventId, scopeId, firstCreatedAt, kind: this.#kind.kind };
    // The events first: while their ids are there, whoever looks finds that this is still to be done.
    for (const query of removalsOfLaterTwins(this.#kind)) {
      await orUnavailable(() => this.#client.command({ query, query_params }));
    }
  }

  /** How many different events of a project are stored. */
  async count(projectId: string): Promise<number> {
    const [row] = await run(this.#client, storedCount(this.#kind.table), { projectId });
    return row?.[0] ?? 0;
  }

  /** The same of each of many projects, 1,000 at the most; one without any is left out. */
  async countByProject(projectIds: readonly string[]): Promise<Map<string, number>> {
    return new Map(await run(this.#client, storedCounts(this.#kind.table), { projectIds }));
  }

  #scopeOf({ projectId, agentSessionId }: EventIdentity): string {
    return this.#kind.idScope === 'project_id' ? projectId : agentSessionId;
  }

  /** The first five columns of every kind are the same, and none of them holds a comma: ids and a time. */
  #idRowOf({ row, createdAt }: { readonly row: Buffer; readonly createdAt: Micros }): string {
    const begin = row.toString('latin1', 0, fiveColumnsMaxLength);
    let end = 0;
    for (let column = 0; column < 5; column++) end = begin.indexOf(',', end + 1);
    return `["${this.#kind.kind}",${begin.slice(1, end)},"${toDateTime64(createdAt)}"]\n`;
  }
}
