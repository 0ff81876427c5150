import { ApiError } from '@otas/errors';
import { RawBody } from '@otas/http-kit';

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

type Json = Readonly<Record<string, unknown>>;

/** A message in whatever form it came: `{role, parts}`, `{role, content}`, a list of parts, a text. @param role where it has none */
export function toMessage(value: unknown, role: string): Message {
  if (Array.isArray(value)) return toMessage({ parts: value }, role);
  if (!isObject(value)) return { more: { role }, text: String(value), reasoning: null, parts: [] };
  const { parts, content, type, ...more } = value;
  const list = partsIn(parts ?? content);
  const texts = list.map(textOfPart).filter((text) => text !== null);
  const thoughts = list.map(reasoningOfPart).filter((text) => text !== null);
  return {
    more: { role, ...more },
    text: texts.join('\n'),
    reasoning: thoughts.length === 0 ? null : thoughts.join('\n'),
    parts: list.filter((part) => textOfPart(part) === null && reasoningOfPart(part) === null),
  };
}

/** Whether a list is the parts of one message, and not messages. */
export function areParts(list: readonly unknown[]): boolean {
  return (
    list.length > 0 &&
    list.every((one) => isObject(one) && 'type' in one && !('role' in one) && !('parts' in one))
  );
}

/** A value that is JSON in a text as what it means; any other as it is, as is one nested deeper than 128 levels. */
export function parseEmbedded(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return new RawBody(Buffer.from(value)).exactValue().value;
  } catch (error) {
    if (error instanceof ApiError) return value;
    throw error;
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parts may be JSON in a text; any other text is what was said. */
function partsIn(given: unknown): readonly unknown[] {
  if (given === undefined || given === null) return [];
  const parsed = parseEmbedded(given);
  if (Array.isArray(parsed) && (typeof given !== 'string' || areParts(parsed))) return parsed;
  return [given];
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
