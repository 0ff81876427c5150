import { ApiError } from '@otas/errors';
import { RawBody } from '@otas/http-kit';
import { type Attributes, type AttributeValue, type Span, takeAttribute } from './span';

/** What was said to a model, or by it. */
export interface Message {
  /** Of the message, as it came: `role`, `finish_reason`, `name`. */
  readonly more: Readonly<Record<string, unknown>>;
  /** Its texts, one behind the other. */
  readonly text: string;
  /** What the model thought; null: nothing is said of that. */
  readonly reasoning: string | null;
  /** All that is no text: tools that were called, what they gave, files. */
  readonly parts: readonly unknown[];
}

type Direction = 'input' | 'output';
type Json = Readonly<Record<string, unknown>>;

/** Names by the conventions from 1.37 on, then those before. */
const listNames = {
  input: ['gen_ai.input.messages', 'gen_ai.prompt'],
  output: ['gen_ai.output.messages', 'gen_ai.completion'],
} as const;
const numberedNames = {
  input: /^gen_ai\.prompt\.(\d{1,4})\.(.+)$/,
  output: /^gen_ai\.completion\.(\d{1,4})\.(.+)$/,
};
const roleOfEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/;
const otherEvents =
  /^gen_ai\.(?:choice|content\.(?:prompt|completion)|client\.inference\.operation\.details)$/;

/** Whether an event of a span is nothing but messages. */
export function isOfMessages(eventName: string): boolean {
  return roleOfEvent.test(eventName) || otherEvents.test(eventName);
}

/**
 * The messages of a model's span in one direction, out of its attributes, which are taken out, or its events: lists of
 * messages in JSON or as values, single texts, attributes with numbers in their names, one event for each message.
 */
export function takeMessages(span: Span, direction: Direction): Message[] {
  const { attributes, events } = span;
  const instructions =
    direction === 'input'
      ? readMessages(takeAttribute(attributes, 'gen_ai.system_instructions'), 'system')
      : [];
  const role = direction === 'input' ? 'user' : 'assistant';
  const listed = listNames[direction].flatMap((name) => readMessages(takeAttribute(attributes, name), role));
  const numbered = takeNumbered(attributes, numberedNames[direction], role);
  const inEvents = events.flatMap((event) => readEvent(event.name, event.attributes, direction, role));
  return [...instructions, ...listed, ...numbered, ...inEvents];
}

/** A value that is JSON in a text as what it means; any other as it is. */
export function parseEmbedded(value: AttributeValue): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return new RawBody(Buffer.from(value)).exactValue().value;
  } catch (error) {
    if (error instanceof ApiError) return value;
    throw error;
  }
}

function readMessages(value: AttributeValue, role: string): Message[] {
  if (value === null) return [];
  const parsed = parseEmbedded(value);
  const list = isObject(parsed) && Array.isArray(parsed.messages) ? parsed.messages : parsed;
  if (!Array.isArray(list)) return [toMessage(list, role)];
  // Instructions, and some completions, are parts of one message.
  const isOfParts =
    list.length > 0 &&
    list.every((one) => isObject(one) && !('role' in one) && !('parts' in one) && 'type' in one);
  return isOfParts ? [toMessage({ parts: list }, role)] : list.map((one) => toMessage(one, role));
}

function takeNumbered(attributes: Attributes, form: RegExp, role: string): Message[] {
  const messages = new Map<number, Record<string, unknown>>();
  for (const [name, value] of attributes) {
    const [, number, field] = form.exec(name) ?? [];
    if (number === undefined || field === undefined) continue;
    attributes.delete(name);
    const message = messages.get(Number(number)) ?? {};
    messages.set(Number(number), { ...message, [field]: value });
  }
  return [...messages].sort(([a], [b]) => a - b).map(([, message]) => toMessage(message, role));
}

function readEvent(name: string, attributes: Attributes, direction: Direction, role: string): Message[] {
  const [own, older] = listNames[direction];
  const said = [own, older].flatMap((list) => readMessages(attributes.get(list) ?? null, role));
  if (said.length > 0) return said;
  const roleInName = roleOfEvent.exec(name)?.[1];
  if (direction === 'input' ? roleInName === undefined : name !== 'gen_ai.choice') return [];
  const { message, ...more } = Object.fromEntries(attributes);
  const parsed = parseEmbedded(message ?? null);
  const body = isObject(parsed) ? parsed : parsed === null ? {} : { content: parsed };
  return [toMessage({ ...more, ...body }, roleInName ?? role)];
}

function toMessage(value: unknown, role: string): Message {
  if (Array.isArray(value)) return toMessage({ parts: value }, role);
  if (!isObject(value)) return { more: { role }, text: String(value), reasoning: null, parts: [] };
  const { parts, content, type, ...rest } = value;
  const given = parts ?? content;
  const parsed = typeof given === 'string' ? parseParts(given) : given;
  const list: unknown[] = Array.isArray(parsed)
    ? parsed
    : parsed === undefined || parsed === null
      ? []
      : [parsed];
  const texts = list.map(textOfPart).filter((text) => text !== null);
  const thoughts = list.map(reasoningOfPart).filter((text) => text !== null);
  return {
    more: { role, ...rest },
    text: texts.join('\n'),
    reasoning: thoughts.length === 0 ? null : thoughts.join('\n'),
    parts: list.filter((part) => textOfPart(part) === null && reasoningOfPart(part) === null),
  };
}

/** A text that is the JSON of parts; any other text is said as it is. */
function parseParts(text: string): unknown {
  const parsed = parseEmbedded(text);
  return Array.isArray(parsed) && parsed.every((part) => isObject(part) && 'type' in part) ? parsed : text;
}

function textOfPart(part: unknown): string | null {
  if (typeof part === 'string') return part;
  if (!isObject(part) || (part.type !== undefined && part.type !== 'text')) return null;
  return [part.content, part.text].find((one) => typeof one === 'string') ?? null;
}

function reasoningOfPart(part: unknown): string | null {
  if (!isObject(part) || (part.type !== 'reasoning' && part.type !== 'thinking')) return null;
  return [part.content, part.text, part.thinking].find((one) => typeof one === 'string') ?? null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
