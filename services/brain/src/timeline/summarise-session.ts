import { formatTime } from '@otas/event-schema';
import type { SessionSummary, TimelineStore, ToolCall } from '@otas/event-store';
import type { Reader } from '../auth/reader';
import { roundToTenth } from '../reads/round-to-tenth';

const bounds = { pathsMax: 100, toolCallsMax: 1000 };

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
