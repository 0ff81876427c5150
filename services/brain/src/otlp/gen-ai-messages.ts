import { invalidRequest } from '@otas/errors';
import { areParts, isObject, type Message, parseEmbedded, toMessage } from './message';
import { type Attributes, type AttributeValue, type Span, type SpanEvent, takeAttribute } from './span';

type Direction = 'input' | 'output';

const messagesMax = 1000;
const instructionsName = 'gen_ai.system_instructions';
/** Names by the conventions from 1.37 on, then those before. */
const listNames = {
  input: ['gen_ai.input.messages', 'gen_ai.prompt'],
  output: ['gen_ai.output.messages', 'gen_ai.completion'],
} as const;
const numberedNames = {
  input: /^gen_ai\.prompt\.(\d{1,4})\.(.+)$/,
  output: /^gen_ai\.completion\.(\d{1,4})\.(.+)$/,
};
const roleInEvent = /^gen_ai\.(system|user|assistant|tool)\.message$/;
const otherEvents =
  /^gen_ai\.(?:choice|content\.(?:prompt|completion)|client\.inference\.operation\.details)$/;

/** Whether an event of a span is nothing but messages. */
export function isOfMessages(eventName: string): boolean {
  return roleInEvent.test(eventName) || otherEvents.test(eventName);
}

/**
 * The messages of a model's span in one direction: from attributes, which are taken out, as a list in JSON or as values, as
 * one text, or with numbers in their names; else from its events, of which one may have a list, or each a message.
 *
 * @throws ApiError 400 `invalid_request` for more than 1,000
 */
export function takeMessages({ attributes, events }: Span, direction: Direction): Message[] {
  const role = direction === 'input' ? 'user' : 'assistant';
  const instructions =
    direction === 'input' ? readList(takeAttribute(attributes, instructionsName), 'system') : [];
  const forms = [
    ...listNames[direction].map((name) => readList(takeAttribute(attributes, name), role)),
    takeNumbered(attributes, numberedNames[direction], role),
    events.flatMap((event) => readEvent(event, direction, role)),
  ];
  // Some libraries write the same messages in an older form too.
  const messages = [...instructions, ...(forms.find((form) => form.length > 0) ?? [])];
  if (messages.length <= messagesMax) return messages;
  throw invalidRequest([
    { field: listNames[direction][0], message: `must be at most ${messagesMax} messages` },
  ]);
}

function readList(value: AttributeValue, role: string): Message[] {
  if (value === null) return [];
  const parsed = parseEmbedded(value);
  const list = isObject(parsed) && Array.isArray(parsed.messages) ? parsed.messages : parsed;
  // Instructions are parts of one message, and so are some completions.
  return Array.isArray(list) && !areParts(list)
    ? list.map((one) => toMessage(one, role))
    : [toMessage(list, role)];
}

function takeNumbered(attributes: Attributes, form: RegExp, role: string): Message[] {
  const messages = new Map<number, Attributes>();
  for (const [name, value] of attributes) {
    const [, number, field] = form.exec(name) ?? [];
    if (number === undefined || field === undefined) continue;
    attributes.delete(name);
    const message = messages.get(Number(number)) ?? new Map();
    messages.set(Number(number), message.set(field, value));
  }
  return [...messages]
    .sort(([a], [b]) => a - b)
    .map(([, message]) => toMessage(Object.fromEntries(message), role));
}

function readEvent({ name, attributes }: SpanEvent, direction: Direction, role: string): Message[] {
  const lists = listNames[direction].map((list) => readList(attributes.get(list) ?? null, role));
  const listed = lists.find((list) => list.length > 0);
  if (listed !== undefined) return listed;
  const ownRole = roleInEvent.exec(name)?.[1];
  if (direction === 'input' ? ownRole === undefined : name !== 'gen_ai.choice') return [];
  const { 'gen_ai.event.content': content, ...others } = Object.fromEntries(attributes);
  const fields = { ...others, ...objectIn(content) };
  const { message, ...more } = fields;
  const said = parseEmbedded(message);
  return [
    toMessage({ ...more, ...(isObject(said) ? said : { content: said ?? more.content }) }, ownRole ?? role),
  ];
}

function objectIn(value: AttributeValue | undefined): Readonly<Record<string, unknown>> {
  const parsed = parseEmbedded(value);
  return isObject(parsed) ? parsed : value === undefined ? {} : { content: parsed };
}
