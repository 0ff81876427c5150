import { asNumber, type Micros, parseTime } from '@otas/event-schema';

/** One thing that happened in a session: a call, or a step of the agent. Its texts are as they were recorded. */
export interface Item {
  readonly kind: 'backend_event' | 'agent_event';
  readonly id: string;
  readonly sessionId: string;
  readonly time: Micros;
  /** The method of a call, the type of a step. */
  readonly what: string;
  /** The path of a call, what a step is about. */
  readonly name: string;
  /** Null for a step. */
  readonly statusCode: number | null;
  /** Null for a step. */
  readonly latencyMs: number | null;
  readonly isError: boolean;
  /** What went wrong, where the event says it. */
  readonly error: string | null;
  /** Came after later ones, while the timeline was followed. */
  readonly isLate: boolean;
  /** Null where the event has none. */
  readonly toolCallId: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

const failures = ['context_limit_exceeded', 'step_transition_limit_exceeded', 'session_interrupted'];
/** More than any terminal shows in a line. */
const nameMaxLength = 2000;

/** An event of the timeline, or of an export, which is made of the same names. */
export function readItem(event: Fields): Item {
  return 'method' in event ? readCall(event) : readStep(event);
}

function readCall(event: Fields): Item {
  const statusCode = asNumber(event.status_code) ?? 0;
  const error = text(event.error) || null;
  return {
    kind: 'backend_event',
    id: text(event.event_id),
    sessionId: text(event.agent_session_id),
    time: parseTime(text(event.event_time)) ?? 0,
    what: text(event.method),
    name: text(event.path),
    statusCode,
    latencyMs: asNumber(event.latency_ms),
    isError: error !== null || statusCode === 0 || statusCode >= 400,
    error,
    isLate: event.late === true,
    toolCallId: null,
  };
}

/** In an export the fields of the type are a JSON text of their own. */
function readStep(event: Fields): Item {
  const own = typeof event.fields === 'string' ? { ...event, ...parseFields(event.fields) } : event;
  const type = text(event.type);
  const isError = failures.includes(type) || own.error === true;
  return {
    kind: 'agent_event',
    id: text(event.id) || text(event.event_id),
    sessionId: text(event.agent_session_id),
    time: parseTime(text(event.event_time ?? event.created_at)) ?? 0,
    what: type,
    name: describeStep(type, own).slice(0, nameMaxLength),
    statusCode: null,
    latencyMs: null,
    isError,
    error: null,
    isLate: event.late === true,
    toolCallId: text(own.tool_call_id) || null,
  };
}

function parseFields(json: string): Fields {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/** What of the fields of a type says most about it. */
function describeStep(type: string, fields: Fields): string {
  switch (type) {
    case 'input_message':
      return list(fields.messages, ['content', 'skill_name']);
    case 'tool_input':
      return `${text(fields.tool_name)} ${brief(fields.tool_input)}`;
    case 'tool_output':
      return `${text(fields.tool_name)} ${brief(fields.tool_output)}`;
    case 'structured_output':
      return `${text(fields.schema_name)} ${brief(fields.content)}`;
    case 'artifact_upload':
      return list(fields.artifacts, ['filename']);
    case 'step_transition':
      return `${text(fields.from_step)} → ${text(fields.to_step)}`;
    case 'compaction':
      return text(fields.summary_text) || `${brief(fields.events_compacted)} events`;
    case 'skill_load':
      return text(fields.skill_name);
    case 'image_read':
      return text(fields.artifact_id);
    default:
      return text(fields.content) || text(fields.message);
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, nameMaxLength);
}

/** The first of these fields that each has. */
function list(values: unknown, names: readonly string[]): string {
  if (!Array.isArray(values)) return '';
  const texts = values
    .slice(0, 20)
    .map((value) => names.map((name) => text(value?.[name])).find(Boolean) ?? '');
  return texts.join(', ');
}
