import { formatTime } from '@otas/event-schema';
import type { Redactor } from '../capture/redactor';
import { isOfMessages, takeMessages } from './gen-ai-messages';
import { errorOf } from './http-span';
import { type Message, parseEmbedded } from './message';
import { type Attributes, attributeOf, durationMsOf, type Span, takeAttribute, textOf } from './span';
import { spanDetails, spanReference } from './span-details';

/** An agent event as its agent would send it, but for its id; nothing is checked. */
export interface SpanAgentEvent {
  /** Which of the span's events it is, always the same. */
  readonly name: string;
  readonly atNanos: bigint;
  readonly body: Readonly<Record<string, unknown>>;
}

type Kind = 'model' | 'tool';

const modelOperations = new Set([
  'chat',
  'text_completion',
  'completion',
  'generate_content',
  'invoke_agent',
]);
const aboutModel =
  /^gen_ai\.(?:(?:request|response)\.model|(?:input|output)\.messages|prompt|completion)(?:\.\d|$)/;

/** What a span of a GenAI library is about; null for a span of something else, and for embeddings and the like. */
export function genAiKindOf({ attributes }: Span): Kind | null {
  const operation = attributes.get('gen_ai.operation.name') ?? null;
  if (operation === 'execute_tool') return 'tool';
  if (operation !== null)
    return typeof operation === 'string' && modelOperations.has(operation) ? 'model' : null;
  if (attributes.has('gen_ai.tool.name')) return 'tool';
  return [...attributes.keys()].some((name) => aboutModel.test(name)) ? 'model' : null;
}

/**
 * The events of such a span, in their order: what went in has the time of its start, what came out that of its end. All that
 * is known of the span beside them stands in the last one.
 */
export function genAiEvents(span: Span, kind: Kind, redactor: Redactor): SpanAgentEvent[] {
  return kind === 'tool' ? toolEvents(span, redactor) : modelEvents(span, redactor);
}

function modelEvents(span: Span, redactor: Redactor): SpanAgentEvent[] {
  const input = takeMessages(span, 'input');
  const output = takeMessages(span, 'output');
  const messages = input.map(({ more, text, parts }) => ({
    ...more,
    type: 'text',
    content: text,
    ...(parts.length === 0 ? {} : { parts }),
  }));
  const said = output.length === 0 ? [nothingSaid] : output;
  const spoken = said.flatMap((message, at) => spokenEvents(span, message, at));
  const { attributes } = span;
  const last = {
    usage: takeUsage(attributes),
    model: takeAttribute(attributes, 'gen_ai.response.model', 'gen_ai.request.model'),
    provider: takeAttribute(attributes, 'gen_ai.provider.name', 'gen_ai.system'),
    finish_reasons: takeAttribute(attributes, 'gen_ai.response.finish_reasons'),
    ...closing(span, redactor),
  };
  return [
    ...(messages.length === 0 ? [] : [begun(span, 'input_message', { type: 'input_message', messages })]),
    ...withLast(spoken, last),
  ];
}

const nothingSaid: Message = { more: {}, text: '', reasoning: null, parts: [] };

function spokenEvents(span: Span, { more, text, reasoning, parts }: Message, at: number): SpanAgentEvent[] {
  const thought = { type: 'thinking', content: reasoning };
  const output = { type: 'agent_output', ...more, content: text, ...(parts.length === 0 ? {} : { parts }) };
  return [
    ...(reasoning === null ? [] : [ended(span, `thinking.${at}`, thought)]),
    ended(span, `agent_output.${at}`, { ...output, type: 'agent_output' }),
  ];
}

function toolEvents(span: Span, redactor: Redactor): SpanAgentEvent[] {
  const { attributes } = span;
  const tool = {
    tool_call_id: textOf(takeAttribute(attributes, 'gen_ai.tool.call.id')) ?? span.spanId,
    tool_name: textOf(takeAttribute(attributes, 'gen_ai.tool.name')) ?? span.name,
  };
  const input = objectOf(takeAttribute(attributes, 'gen_ai.tool.call.arguments'), 'arguments');
  const result = takeAttribute(attributes, 'gen_ai.tool.call.result') ?? resultInEvents(span);
  const output = objectOf(result, 'result');
  const last = closing(span, redactor);
  const error = span.isError || last.error_message !== null;
  const given = ended(span, 'tool_output', { type: 'tool_output', ...tool, tool_output: output, error });
  return [
    begun(span, 'tool_input', { type: 'tool_input', ...tool, tool_input: input }),
    ...withLast([given], last),
  ];
}

/** Older conventions have what a tool gave in an event of its own. */
function resultInEvents({ events }: Span) {
  const event = events.find(({ name }) => name === 'gen_ai.tool.message');
  return event === undefined ? null : attributeOf(event.attributes, 'content');
}

/** A tool's arguments and results are objects here; anything else stands in one, under `name`. */
function objectOf(value: Parameters<typeof parseEmbedded>[0], name: string): object {
  const parsed = parseEmbedded(value);
  if (parsed === null || parsed === '') return {};
  return typeof parsed === 'object' && !Array.isArray(parsed) ? parsed : { [name]: parsed };
}

function takeUsage(attributes: Attributes): object | null {
  const usage = {
    input_tokens: takeAttribute(attributes, 'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'),
    output_tokens: takeAttribute(attributes, 'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens'),
  };
  return Object.values(usage).every((tokens) => tokens === null) ? null : usage;
}

/** What stands in the last event of any span. */
function closing(span: Span, redactor: Redactor) {
  const events = span.events.filter(({ name }) => !isOfMessages(name));
  return {
    operation: textOf(takeAttribute(span.attributes, 'gen_ai.operation.name')),
    duration_ms: durationMsOf(span),
    error_message: errorOf(span),
    otel: spanDetails({ ...span, events }, redactor),
  };
}

function begun(span: Span, name: string, body: Record<string, unknown>): SpanAgentEvent {
  return eventAt(span, span.startNanos, name, body);
}

function ended(span: Span, name: string, body: Record<string, unknown>): SpanAgentEvent {
  return eventAt(span, durationMsOf(span) > 0 ? span.endNanos : span.startNanos, name, body);
}

function eventAt(span: Span, atNanos: bigint, name: string, body: Record<string, unknown>): SpanAgentEvent {
  const created_at = formatTime(Number(atNanos / 1000n));
  return { name, atNanos, body: { otel: spanReference(span), ...body, created_at } };
}

/** The same events with these fields more in the last one, but for those that are null. */
function withLast(events: readonly SpanAgentEvent[], fields: object): SpanAgentEvent[] {
  const there = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  return events.map((event, at) =>
    at === events.length - 1 ? { ...event, body: { ...event.body, ...there } } : event,
  );
}
