import { z } from 'zod';
import { isKey, type KeyKind, uuidInKey } from './keys';
import { parseTime, timePattern } from './time';
import { parseUuid } from './uuid';

const exampleUuid = '019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12';
const uuidLengths = [8, 4, 4, 4, 12];
const digits = (count: number): string => `[0-9a-fA-F]{${count}}`;
const hyphenated = uuidLengths.map(digits).join('-');
/** Source of a regular expression for a UUID in any case, with its hyphens or without all of them. */
export const anyUuid = `(?:${digits(32)}|${hyphenated})`;
const chosenKeys: Readonly<Record<KeyKind, string>> = {
  agt: 'agt_scout',
  ase: 'ase_monday',
  aev: 'aev_first',
};

/** What values look like in answers of both services; each has an example. */
export const wire = {
  /** A UUID in lower case, with hyphens. */
  uuid: z
    .string()
    .regex(new RegExp(`^${uuidLengths.map((count) => `[0-9a-f]{${count}}`).join('-')}$`))
    .meta({ format: 'uuid', examples: [exampleUuid] }),

  /** A time with six fraction digits and `+00:00`. */
  time: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/)
    .meta({ format: 'date-time', examples: ['2026-04-16T14:30:00.000000+00:00'] }),

  /** A day of UTC. */
  date: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .meta({ format: 'date', examples: ['2026-04-16'] }),

  /** A key of an agent, a session or an event, whoever chose it: `agt_…`, `ase_…`, `aev_…`. */
  key: (kind: KeyKind) =>
    z
      .string()
      .max(50)
      .regex(new RegExp(`^${kind}_[0-9a-zA-Z_-]+$`))
      .meta({ examples: [`${kind}_${exampleUuid}`] }),

  /** The token of a user or a session (JWT). */
  token: z.string().meta({ examples: ['eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl'] }),

  /** Where the next page of a list begins. */
  cursor: z.string().meta({ description: 'Where the next page begins.', examples: ['AGV4YW1wbGU'] }),

  /** Any JSON. */
  json: z.unknown().meta({ description: 'Any JSON.', examples: [{ task: 'tidy' }] }),

  /** A whole number of at least 0. */
  count: z
    .int()
    .min(0)
    .meta({ examples: [3] }),
};

/** What is read beside RFC 3339, behind a description of that. */
export const otherTimes =
  'also with a space for `T`, a comma before the fraction, no seconds, or an offset like `+0200` or `+02`. Without an offset it is UTC.';

/** What requests may send: the same as in {@link wire} in more forms. */
export const sent = {
  /** A UUID in any case, with its hyphens or without all of them. */
  uuid: z
    .string('must be a UUID')
    .refine((text) => parseUuid(text) !== null, 'must be a UUID')
    .meta({ pattern: `^${anyUuid}$`, examples: [exampleUuid] }),

  /** A time as `parseTime` reads it. */
  time: z
    .string('must be a time')
    .refine((text) => parseTime(text) !== null, 'must be a time')
    .meta({
      pattern: timePattern(6),
      description: `A time of RFC 3339 with at most six fraction digits; ${otherTimes}`,
      examples: ['2026-04-16T14:30:00Z'],
    }),

  /** The cursor of the page before. */
  cursor: z.string().meta({ description: '`next_cursor` of the page before.', examples: ['AGV4YW1wbGU'] }),

  /** A key that somebody wants to give. One that looks derived from a UUID is reserved: it would be taken for another's. */
  ref: (kind: KeyKind) => {
    const form = `must be ${kind}_ and letters, digits, _ or -, 50 characters at most`;
    const isReserved = (text: string): boolean => uuidInKey(kind, text) !== null;
    return z
      .string(form)
      .refine((text) => isKey(kind, text), { message: form, abort: true })
      .refine((text) => !isReserved(text), `must not be ${kind}_ and a UUID, which is reserved`)
      .meta({
        pattern: `^${kind}_(?!${hyphenated}$)[0-9a-zA-Z_-]+$`,
        maxLength: 50,
        examples: [chosenKeys[kind]],
      });
  },

  /** For the `meta` of a text that is read as a whole number: its schema says so. */
  asInteger: { type: 'integer', pattern: undefined },
} as const;

/** A step of a schema that turns a text into what `parse` makes of it; null from it is a fault with this message. */
export function readBy<Value>(parse: (text: string) => Value | null, message: string) {
  return z.transform((text: string, context): Value => {
    const value = parse(text);
    if (value !== null) return value;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  });
}
