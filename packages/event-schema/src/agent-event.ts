import type { Micros } from './time';

/** What an agent may have done in a session. */
export const agentEventTypes = [
  'input_message',
  'thinking',
  'tool_input',
  'tool_output',
  'agent_output',
  'structured_output',
  'artifact_upload',
  'skill_load',
  'image_read',
  'step_transition',
  'compaction',
  'context_limit_exceeded',
  'step_transition_limit_exceeded',
  'session_interrupted',
] as const;

export type AgentEventType = (typeof agentEventTypes)[number];

/** What an agent said, thought, called or got back, as it is stored. Ids are canonical UUIDs. */
export interface AgentEvent {
  /** Unique in its project. */
  readonly eventId: string;
  /** Whole milliseconds; `created_at` on the wire. */
  readonly eventTime: Micros;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentSessionId: string;
  readonly type: AgentEventType;
  /** Ascends in the order of recording. */
  readonly sequence: number;
  /** Null where the type has none. */
  readonly toolCallId: string | null;
  /** Null where the type has none. */
  readonly toolName: string | null;
  /** Whether it is the output of a tool call that failed. */
  readonly isError: boolean;
  /** JSON text of an object without white space: the fields of the type, then all others that were sent. */
  readonly fields: string;
  /** Names of the fields in which a credential was replaced. */
  readonly redactedFields: readonly string[];
  /** When Brain took it in. */
  readonly createdAt: Micros;
  /** Left out of lists unless they are asked for. */
  readonly isHidden: boolean;
}
