import { z } from 'zod';
import type { Answer } from './http';

const common = {
  id: z
    .string()
    .regex(/^aev_[0-9a-zA-Z_-]+$/)
    .max(50),
  session_key: z
    .string()
    .regex(/^ase_[0-9a-zA-Z_-]+$/)
    .max(50),
  created_at: z.iso.datetime({ precision: 3 }),
  session_id: z.string().optional(),
  hidden: z.literal(true).optional(),
};
const json = z.record(z.string(), z.unknown());
const count = z.int().min(0);
const tool = {
  tool_call_id: z.string(),
  tool_name: z.string(),
  tool_configuration: z.string(),
  tool_configuration_name: z.string(),
};
const message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), content: z.string() }),
  z.object({ type: z.literal('skill'), skill_name: z.string() }),
]);
const artifact = z.object({
  artifact_id: z.string(),
  filename: z.string(),
  mime_type: z.string(),
  size_bytes: count,
});

const of = (type: string, fields: Record<string, z.ZodType>) =>
  z.looseObject({ ...common, type: z.literal(type), ...fields });

/** An event as a client with generated models reads it: one that does not fit makes it refuse the whole page. */
export const eventModel = z.discriminatedUnion('type', [
  of('input_message', { messages: z.array(message) }),
  of('thinking', { content: z.string().optional() }),
  of('tool_input', { ...tool, tool_input: json }),
  of('tool_output', { ...tool, tool_output: json, error: z.boolean() }),
  of('agent_output', { content: z.string() }),
  of('structured_output', { schema_name: z.string(), content: z.unknown() }),
  of('artifact_upload', { artifacts: z.array(artifact) }),
  of('skill_load', { skill_name: z.string(), content: z.string() }),
  of('image_read', { artifact_id: z.string(), detail: z.enum(['auto', 'low', 'high']) }),
  of('step_transition', { from_step: z.string(), to_step: z.string(), content: z.string() }),
  of('compaction', {
    turns_compacted: count,
    events_compacted: count,
    summary_key: z.string(),
    summary_text: z.string().optional(),
  }),
  of('context_limit_exceeded', {
    message: z.string(),
    context_limit: count.optional(),
    actual_tokens: count.optional(),
  }),
  of('step_transition_limit_exceeded', { message: z.string(), transition_limit: count.optional() }),
  of('session_interrupted', {}),
]);

const pageModel = z.strictObject({
  events: z.array(eventModel),
  metadata: z.strictObject({ page_key: z.string().min(1).optional(), total_count: count }),
});

const recordedModel = z.strictObject({ events: z.array(eventModel), session_key: common.session_key });

type Event = Record<string, unknown> & { readonly id: string; readonly created_at: string };

/** A page of events, read strictly. */
export function readEventPage(answer: Answer): {
  readonly events: readonly Event[];
  readonly metadata: { readonly page_key?: string; readonly total_count: number };
} {
  expectStatus(answer, 200);
  return pageModel.parse(answer.body) as ReturnType<typeof readEventPage>;
}

/** One event, read strictly. */
export function readOneEvent(answer: Answer): Event {
  expectStatus(answer, 200);
  return eventModel.parse(answer.body) as unknown as Event;
}

/** The answer to recorded events, read strictly. */
export function readRecorded(answer: Answer): {
  readonly events: readonly Event[];
  readonly session_key: string;
} {
  expectStatus(answer, 201);
  return recordedModel.parse(answer.body) as unknown as ReturnType<typeof readRecorded>;
}

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text}`);
}
