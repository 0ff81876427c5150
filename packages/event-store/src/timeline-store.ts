import type { Micros } from '@otas/event-schema';
import { toEvent } from './backend-event-row';
import type { EventStoreOptions } from './client';
import { run } from './queries/query';
import type { SessionScope } from './queries/session';
import {
  agentEventTypes,
  backendSummary,
  statusClasses,
  toolCalls,
  topPaths,
} from './queries/session-summary';
import {
  timelineAgentEvents,
  timelineBackendEvents,
  toAgentParameters,
  toBackendParameters,
  toTimelineAgentEvent,
} from './queries/timeline';
import {
  type Arrival,
  type ArrivalRange,
  agentEventsByKeys,
  backendEventsByKeys,
  timelineArrivals,
  toArrival,
} from './queries/timeline-arrivals';
import { Reader } from './reader';
import { comparePlaces, placeOf, type TimelineItem, type TimelinePlace } from './timeline-item';

export interface ToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly startedAt: Micros;
  /** Null when it was never answered. */
  readonly endedAt: Micros | null;
  /** Whether its output was an error; null when it was never answered. */
  readonly isError: boolean | null;
}

/** What happened in a session, counted. A session without events has zeros and nulls. */
export interface SessionSummary {
  readonly first: Micros | null;
  readonly last: Micros | null;
  readonly backendEvents: number;
  readonly agentEvents: number;
  readonly types: readonly { readonly type: string; readonly count: number }[];
  /** `2xx`, …; `0` for no answer, `other` for what is no status of HTTP. */
  readonly statusClasses: readonly { readonly name: string; readonly count: number }[];
  readonly paths: {
    readonly total: number;
    readonly top: readonly { readonly path: string; readonly count: number }[];
  };
  /** Backend events whose `error` is neither null nor empty. */
  readonly errors: number;
  /** Exact, with linear interpolation, in milliseconds; null without a backend event. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly toolCalls: {
    readonly total: number;
    readonly answered: number;
    readonly failed: number;
    /** The first ones. */
    readonly calls: readonly ToolCall[];
  };
}

/**
 * Both kinds of events of a session as one timeline. Every method throws EventStoreUnavailable while ClickHouse cannot
 * be reached, is too busy or does not answer within the request timeout.
 */
export class TimelineStore {
  readonly #client: Reader;

  constructor(options: EventStoreOptions) {
    this.#client = new Reader(options);
  }

  /**
   * The first `limit` items behind a place (null: from the first), in the order of their places.
   *
   * @throws AnswerTooLarge when they are larger than one answer may be
   */
  async listPage(scope: SessionScope, limit: number, after: TimelinePlace | null): Promise<TimelineItem[]> {
    const [backendEvents, agentEvents] = await Promise.all([
      run(this.#client, timelineBackendEvents, toBackendParameters(scope, limit, after)),
      run(this.#client, timelineAgentEvents, toAgentParameters(scope, limit, after)),
    ]);
    const items: TimelineItem[] = [
      ...backendEvents.map((row) => ({ kind: 'backend_event' as const, event: toEvent(row) })),
      ...agentEvents.map((row) => ({ kind: 'agent_event' as const, event: toTimelineAgentEvent(row) })),
    ];
    return inOrder(items).slice(0, limit);
  }

  /** What was taken in within a range, in the order of taking in; the same event may be there twice. */
  async listArrivals(
    { projectId, agentId, sessionId }: SessionScope,
    range: ArrivalRange,
  ): Promise<Arrival[]> {
    const rows = await run(this.#client, timelineArrivals, { projectId, agentId, sessionId, ...range });
    return rows.map(toArrival);
  }

  /**
   * Those of the given items that are there and not hidden, in the order of their places.
   *
   * @throws AnswerTooLarge when they are larger than one answer may be
   */
  async readItems(scope: SessionScope, places: readonly TimelinePlace[]): Promise<TimelineItem[]> {
    const { projectId, agentId, sessionId } = scope;
    const keysOf = (kind: TimelineItem['kind']) => {
      const ofKind = places.filter((place) => place.kind === kind);
      const eventTimes = [...new Set(ofKind.map((place) => place.eventTime))];
      return { projectId, agentId, sessionId, eventTimes, eventIds: ofKind.map((place) => place.eventId) };
    };
    const [backendKeys, agentKeys] = [keysOf('backend_event'), keysOf('agent_event')];
    const [backendEvents, agentEvents] = await Promise.all([
      backendKeys.eventIds.length === 0 ? [] : run(this.#client, backendEventsByKeys, backendKeys),
      agentKeys.eventIds.length === 0 ? [] : run(this.#client, agentEventsByKeys, agentKeys),
    ]);
    return inOrder([
      ...backendEvents.map((row) => ({ kind: 'backend_event' as const, event: toEvent(row) })),
      ...agentEvents.map((row) => ({ kind: 'agent_event' as const, event: toTimelineAgentEvent(row) })),
    ]);
  }

  /** @param bounds how many paths, and how many tool calls, are named at the most */
  async summarise(
    { projectId, agentId, sessionId }: SessionScope,
    bounds: { readonly pathsMax: number; readonly toolCallsMax: number },
  ): Promise<SessionSummary> {
    const scope = { projectId, agentId, sessionId };
    const [[calls], classes, paths, types, tools] = await Promise.all([
      run(this.#client, backendSummary, scope),
      run(this.#client, statusClasses, scope),
      run(this.#client, topPaths, { ...scope, limit: bounds.pathsMax }),
      run(this.#client, agentEventTypes, scope),
      run(this.#client, toolCalls, { ...scope, limit: bounds.toolCallsMax }),
    ]);
    const [backendEvents, firstCall, lastCall, errors, [p50, p95, p99]] = calls ?? [0, 0, 0, 0, [0, 0, 0]];
    const hasCalls = backendEvents > 0;
    const firsts = [...types.map(([, , first]) => first), ...(hasCalls ? [firstCall] : [])];
    const lasts = [...types.map(([, , , last]) => last), ...(hasCalls ? [lastCall] : [])];
    return {
      first: firsts.length === 0 ? null : Math.min(...firsts),
      last: lasts.length === 0 ? null : Math.max(...lasts),
      backendEvents,
      agentEvents: types.reduce((sum, [, count]) => sum + count, 0),
      types: types.map(([type, count]) => ({ type, count })),
      statusClasses: classes.map(([name, count]) => ({ name, count })),
      paths: { total: paths[0]?.[2] ?? 0, top: paths.map(([path, count]) => ({ path, count })) },
      errors,
      latencyMs: hasCalls ? { p50: Number(p50), p95: Number(p95), p99: Number(p99) } : null,
      toolCalls: {
        total: tools[0]?.[5] ?? 0,
        answered: tools[0]?.[6] ?? 0,
        failed: tools[0]?.[7] ?? 0,
        calls: tools.map(([toolCallId, toolName, startedAt, endedAt, isError]) => {
          return {
            toolCallId,
            toolName,
            startedAt,
            endedAt,
            isError: isError === null ? null : isError === 1,
          };
        }),
      },
    };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

function inOrder(items: TimelineItem[]): TimelineItem[] {
  return items.sort((a, b) => comparePlaces(placeOf(a), placeOf(b)));
}
