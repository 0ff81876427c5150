import { isLosslessNumber, parse, stringify } from 'lossless-json';

/** A parsed JSON text and the way to write any part of it again with every digit of its numbers. */
export interface ExactJson {
  readonly value: unknown;
  /** The JSON text of a part of `value`. */
  textOf(part: unknown): string;
}

/** A number of 16 digits or more, or with an exponent; also found in a string, which costs time and nothing else. */
const numberThatMayNotSurvive = /(?:^|[:[,])\s*-?(?:[\d.]{16}|[\d.]+[eE])/;

/**
 * Parses JSON so that integers of any size keep their digits: JavaScript's own parser, which rounds those beyond 2⁵³,
 * reads the text unless it may hold such a number; only then a slower one does. A key given twice counts with its last
 * value, in both.
 *
 * @param mayHoldSuchNumber for who knows it already
 * @throws SyntaxError when the text is not JSON.
 */
export function parseExactJson(
  text: string,
  mayHoldSuchNumber: boolean = numberThatMayNotSurvive.test(text),
): ExactJson {
  if (!mayHoldSuchNumber) {
    return { value: JSON.parse(text), textOf: (part) => wellFormed(JSON.stringify(part)) };
  }
  const value = parse(text, null, { onDuplicateKey: ({ newValue }) => newValue });
  return { value, textOf: (part) => wellFormed(stringify(part) as string) };
}

/** The same of a value that was made here; a `bigint` in it is written with all its digits. */
export function exactJsonOf(value: unknown): ExactJson {
  return { value, textOf: (part) => wellFormed(stringify(part) as string) };
}

/** Half of a surrogate pair, which JSON.stringify escapes, as it does nothing else with these digits. */
const loneSurrogate = /(?<!\\)((?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** JSON that every reader takes: many refuse a text with half of a surrogate pair in it, and the whole page with it. */
function wellFormed(json: string): string {
  return json.includes('\\ud') ? json.replace(loneSurrogate, '$1\ufffd') : json;
}

/** A parsed number of either parser as a JavaScript number; null for anything else. */
export function asNumber(value: unknown): number | null {
  if (typeof value === 'number') return value;
  return isLosslessNumber(value) ? Number(value.value) : null;
}
