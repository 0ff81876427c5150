import type { Micros } from '@otas/event-schema';
import type { Query } from './query';
import { ofSession, type SessionScope } from './session';

type Scope = SessionScope & Record<string, unknown>;

type BackendRow = [
  count: number,
  first: Micros,
  last: Micros,
  errors: number,
  percentiles: [p50: number | null, p95: number | null, p99: number | null],
];

/** All calls together; an error is a text that is not empty, as in `error-count`. Percentiles of nothing are null. */
export const backendSummary: Query<Scope, BackendRow> = {
  name: 'session-backend-summary',
  sql: () => `SELECT count(), toUnixTimestamp64Micro(min(event_time)), toUnixTimestamp64Micro(max(event_time)),
      countIf(notEmpty(ifNull(error, ''))), quantilesExactInclusive(0.5, 0.95, 0.99)(latency_ms)
    FROM backend_events FINAL WHERE ${ofSession}`,
};

/** `0` stands for no answer, `other` for what is no status of HTTP. */
export const statusClasses: Query<Scope, [name: string, count: number]> = {
  name: 'session-status-classes',
  sql: () => `SELECT multiIf(status_code = 0, '0', status_code BETWEEN 100 AND 599,
      concat(toString(intDiv(status_code, 100)), 'xx'), 'other') AS class, count()
    FROM backend_events FINAL WHERE ${ofSession} GROUP BY class ORDER BY class`,
};

/** The paths that were called most, then in the order of their bytes, each with how many paths there are in all. */
export const topPaths: Query<
  Scope & { readonly limit: number },
  [path: string, count: number, total: number]
> = {
  name: 'session-top-paths',
  sql: () => `SELECT path, count() AS calls, count() OVER () FROM backend_events FINAL WHERE ${ofSession}
    GROUP BY path ORDER BY calls DESC, path LIMIT {limit:UInt32}`,
};

/** Agent events that are not hidden. */
export const agentEventTypes: Query<Scope, [type: string, count: number, first: Micros, last: Micros]> = {
  name: 'session-agent-event-types',
  sql: () => `SELECT type, count(), toUnixTimestamp64Milli(min(event_time)) * 1000,
      toUnixTimestamp64Milli(max(event_time)) * 1000
    FROM agent_events FINAL WHERE ${ofSession} AND is_hidden = 0 GROUP BY type ORDER BY type`,
};

type ToolCallRow = [
  toolCallId: string,
  toolName: string,
  startedAt: Micros,
  endedAt: Micros | null,
  isError: 0 | 1 | null,
  total: number,
  answered: number,
  failed: number,
];

/**
 * Tool calls by time, each with the numbers of all. An input is answered by the next event with its `tool_call_id`, when
 * that is an output: some models use an id again.
 */
export const toolCalls: Query<Scope & { readonly limit: number }, ToolCallRow> = {
  name: 'session-tool-calls',
  sql: () => `SELECT tool_call_id, tool_name, toUnixTimestamp64Milli(event_time) * 1000,
      if(is_answered, toUnixTimestamp64Milli(next_time) * 1000, NULL), if(is_answered, next_is_error, NULL),
      count() OVER (), countIf(is_answered) OVER (), countIf(is_answered AND next_is_error = 1) OVER ()
    FROM (
      SELECT ifNull(tool_call_id, '') AS tool_call_id, ifNull(tool_name, '') AS tool_name, type, event_time, sequence,
        event_id, leadInFrame(type) OVER following = 'tool_output' AS is_answered,
        leadInFrame(event_time) OVER following AS next_time, leadInFrame(is_error) OVER following AS next_is_error
      FROM agent_events FINAL
      WHERE ${ofSession} AND is_hidden = 0 AND type IN ('tool_input', 'tool_output')
      WINDOW following AS (PARTITION BY tool_call_id ORDER BY event_time, sequence, toString(event_id)
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    WHERE type = 'tool_input' ORDER BY event_time, sequence, toString(event_id) LIMIT {limit:UInt32}`,
};
