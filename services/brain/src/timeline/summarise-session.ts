import { formatTime, wire } from '@otas/event-schema';
import type { SessionSummary, TimelineStore, ToolCall } from '@otas/event-store';
import { z } from 'zod';
import type { Reader } from '../auth/reader';
import { roundToTenth } from '../reads/round-to-tenth';

const bounds = { pathsMax: 100, toolCallsMax: 1000 };

const ms = z
  .number()
  .nullable()
  .meta({ examples: [12.5] });

export const sessionSummary = z.object({
  agent_id: wire.uuid,
  project_id: wire.uuid,
  session_id: wire.uuid,
  first_event_time: wire.time.nullable(),
  last_event_time: wire.time.nullable(),
  counts: z.object({ total: wire.count, backend_event: wire.count, agent_event: wire.count }),
  types: z.record(z.string(), wire.count).meta({ examples: [{ tool_input: 3 }] }),
  status_classes: z.record(z.string(), wire.count).meta({ examples: [{ '2xx': 3 }] }),
  paths: z.object({
    total: wire.count,
    top: z.array(z.object({ path: z.string().meta({ examples: ['/v1/orders/'] }), count: wire.count })),
  }),
  error_count: wire.count,
  latency_ms: z.object({ p50: ms, p95: ms, p99: ms }),
  tool_calls: z.object({
    ...{ total: wire.count, answered: wire.count, never_answered: wire.count, errors: wire.count },
    calls: z.array(
      z.object({
        tool_call_id: z.string().meta({ examples: ['call_7'] }),
        tool_name: z.string().meta({ examples: ['search'] }),
        started_at: wire.time,
        duration_ms: ms,
        error: z.boolean().nullable(),
      }),
    ),
  }),
});

/** What happened in a session, counted; a session that is not there is one without events. */
export async function summariseSession(
  timeline: TimelineStore,
  reader: Reader,
  sessionId: string,
): Promise<object> {
  const summary = await timeline.summarise({ ...reader, sessionId }, bounds);
  const { first, last, toolCalls } = summary;
  return {
    agent_id: reader.agentId,
    project_id: reader.projectId,
    session_id: sessionId,
    first_event_time: first === null ? null : formatTime(first),
    last_event_time: last === null ? null : formatTime(last),
    counts: {
      total: summary.backendEvents + summary.agentEvents,
      backend_event: summary.backendEvents,
      agent_event: summary.agentEvents,
    },
    types: Object.fromEntries(summary.types.map(({ type, count }) => [type, count])),
    status_classes: Object.fromEntries(summary.statusClasses.map(({ name, count }) => [name, count])),
    paths: summary.paths,
    error_count: summary.errors,
    latency_ms: latencyOf(summary),
    tool_calls: {
      total: toolCalls.total,
      answered: toolCalls.answered,
      never_answered: toolCalls.total - toolCalls.answered,
      errors: toolCalls.failed,
      calls: toolCalls.calls.map(toolCallToJson),
    },
  };
}

function latencyOf({ latencyMs }: SessionSummary): object {
  if (latencyMs === null) return { p50: null, p95: null, p99: null };
  const { p50, p95, p99 } = latencyMs;
  return { p50: roundToTenth(p50), p95: roundToTenth(p95), p99: roundToTenth(p99) };
}

function toolCallToJson({ toolCallId, toolName, startedAt, endedAt, isError }: ToolCall): object {
  return {
    tool_call_id: toolCallId,
    tool_name: toolName,
    started_at: formatTime(startedAt),
    duration_ms: endedAt === null ? null : (endedAt - startedAt) / 1000,
    error: isError,
  };
}
