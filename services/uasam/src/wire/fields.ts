import { ApiError, type ErrorCode } from '@otas/errors';
import { faultsOf, type JsonObject } from '@otas/http-kit';
import { z } from 'zod';
import { isMissing, isStorable, lengthOf } from './text';

/** What is said of a text that does not fit. */
interface TextWords {
  readonly type: string;
  readonly characters: string;
  readonly length: string;
}

interface TextRule {
  /** In characters as a person counts them. */
  readonly maxLength: number;
  readonly example: string;
  /** Those that are not the usual ones. */
  readonly words?: Partial<TextWords>;
}

function textOf({ maxLength, words }: TextRule) {
  const { type, characters, length } = {
    type: 'must be a string',
    characters: 'must not hold U+0000 or half of a surrogate pair',
    length: `must have at most ${maxLength} characters`,
    ...words,
  };
  return z
    .string(type)
    .refine(isStorable, { message: characters, abort: true })
    .refine((text) => lengthOf(text) <= maxLength, length);
}

/** How `faultsOf` calls a fault of no field. */
const wholeBody = 'body';

const trimmed = (value: unknown): unknown => (typeof value === 'string' ? value.trim() : value);

/** A text that is trimmed; `missing` is what is said of one that is not there or blank. */
export function requiredText(rule: TextRule, missing: string) {
  return z
    .unknown()
    .transform((value) => trimmed(value ?? ''))
    .refine((value) => !isMissing(value), { message: missing, abort: true })
    .pipe(textOf(rule))
    .meta({ type: 'string', minLength: 1, maxLength: rule.maxLength, examples: [rule.example] });
}

/** A text that is trimmed; left out or null it is `''`. */
export function optionalText(rule: TextRule) {
  return z
    .unknown()
    .optional()
    .transform((value) => trimmed(value ?? ''))
    .pipe(textOf(rule))
    .meta({ type: ['string', 'null'], maxLength: rule.maxLength, examples: [rule.example] });
}

/** A text that is trimmed, and not blank unless it `mayBeBlank`; left out or null it is undefined: nothing is to be changed. */
export function changedText(rule: TextRule, missing: string | 'mayBeBlank') {
  const isBlank = (value: unknown): boolean => value !== undefined && isMissing(value);
  return z
    .unknown()
    .optional()
    .transform((value) => trimmed(value ?? undefined))
    .refine((value) => missing === 'mayBeBlank' || !isBlank(value), { message: missing, abort: true })
    .pipe(textOf(rule).optional())
    .meta({
      type: ['string', 'null'],
      ...(missing === 'mayBeBlank' ? {} : { minLength: 1 }),
      ...{ maxLength: rule.maxLength, examples: [rule.example] },
    });
}

/** A text that is not trimmed, since white space counts in it. */
export function exactText(rule: TextRule) {
  return textOf(rule).meta({ maxLength: rule.maxLength, examples: [rule.example] });
}

/** A whole number from `min` to `max`. */
export function integerField(min: number, max: number, example: number) {
  const type = 'must be an integer';
  const bounds = `must be between ${min} and ${max}`;
  return z
    .number(type)
    .refine(Number.isInteger, { message: type, abort: true })
    .min(min, bounds)
    .max(max, bounds)
    .meta({ type: 'integer', examples: [example] });
}

/**
 * Reads an object whose error is a list of texts: the first message of each field, behind the field's name.
 *
 * @throws ApiError 400 `code` with `errors`
 */
export function readListed<Schema extends z.ZodType>(
  schema: Schema,
  body: JsonObject,
  code: ErrorCode,
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = faultsOf(result.error).map(({ field, message }) =>
    field === wholeBody ? message : `${field} ${message}`,
  );
  throw new ApiError(code, { payload: { errors } });
}
