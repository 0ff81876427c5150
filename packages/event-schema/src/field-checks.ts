import { isLosslessNumber } from 'lossless-json';
import { z } from 'zod';
import { asNumber } from './exact-json';

/** What is wrong with a field; `field` is its path, such as `messages[0].content`. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/**
 * Checks the value of a field, `undefined` for one that is not there, and gives it as it is kept. What does not fit goes
 * to `faults`, under `path`.
 */
export interface Check {
  (value: unknown, path: string, faults: FieldFault[]): unknown;
  /** Takes what the check takes, and describes it. */
  readonly schema: z.ZodType;
}

type Run = (value: unknown, path: string, faults: FieldFault[]) => unknown;

/** A check and its schema. */
export function described(schema: z.ZodType, run: Run): Check {
  return Object.assign(run, { schema });
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object of JSON, of whichever parser; not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** A value that must be there and not null, and fit; `read` gives undefined for one that does not. */
function check(message: string, schema: z.ZodType, read: (value: unknown) => unknown): Check {
  return described(schema, (value, field, faults) => {
    const isThere = value !== undefined && value !== null;
    const result = isThere ? read(value) : undefined;
    if (result === undefined) faults.push({ field, message: isThere ? message : 'is required' });
    return result;
  });
}

/** A field that may be left out; null is the same as that. */
export function optional(inner: Check, absent?: unknown): Check {
  return described(inner.schema.nullish(), (value, path, faults) =>
    value === undefined || value === null ? absent : inner(value, path, faults),
  );
}

export const text = check('must be a string', z.string(), (value) =>
  typeof value === 'string' ? value : undefined,
);

export const flag = check('must be true or false', z.boolean(), (value) =>
  typeof value === 'boolean' ? value : undefined,
);

/** It becomes a number of JavaScript's, which is written as digits only: a strict reader takes no `1e3` for an integer. */
export const count = check('must be a whole number from 0 to 2^53 - 1', z.int().min(0), (value) => {
  const number = asNumber(value);
  return number !== null && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
});

const anyObject = z.record(z.string(), z.unknown()).meta({ examples: [{ item: 7 }] });

export const object = check('must be an object', anyObject, (value) =>
  isJsonObject(value) ? value : undefined,
);

/** Any JSON, null too; only it must be there. */
export const anything = described(z.unknown(), (value, field, faults) => {
  if (value === undefined) faults.push({ field, message: 'is required' });
  return value;
});

export function oneOf(names: readonly string[]): Check {
  return check(`must be one of ${names.join(', ')}`, z.enum(names), (value) =>
    names.find((name) => name === value),
  );
}

export function listOf(item: Check): Check {
  const list = check('must be an array', z.array(item.schema), (value) =>
    Array.isArray(value) ? value : undefined,
  );
  return described(list.schema, (value, path, faults) => {
    const items = list(value, path, faults) as unknown[] | undefined;
    return items?.map((one, at) => item(one, `${path}[${at}]`, faults));
  });
}

/** An object with these members, and any others as they are. */
export function objectWith(members: Readonly<Record<string, Check>>): Check {
  return described(schemaWith(members), (value, path, faults) => {
    const whole = object(value, path, faults) as JsonObject | undefined;
    if (whole === undefined) return undefined;
    const checked = Object.entries(members).map(([name, member]) => {
      return [name, member(memberOf(whole, name), `${path}.${name}`, faults)];
    });
    return { ...whole, ...Object.fromEntries(checked) };
  });
}

/** The schema of an object with these members, and any others. */
export function schemaWith(members: Readonly<Record<string, Check>>): z.ZodObject {
  return z.looseObject(
    Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])),
  );
}

/** An object whose member `name` says which of `variants`, objects all of them, it is. */
export function variantBy(name: string, variants: Readonly<Record<string, Check>>): Check {
  const which = objectWith({ [name]: oneOf(Object.keys(variants)) });
  const schemas = Object.entries(variants).map(([value, { schema }]) =>
    (schema as z.ZodObject).safeExtend({ [name]: z.literal(value) }),
  );
  return described(z.union(schemas), (value, path, faults) => {
    const before = faults.length;
    const whole = which(value, path, faults) as JsonObject | undefined;
    if (faults.length > before || whole === undefined) return undefined;
    return variants[whole[name] as string]?.(whole, path, faults);
  });
}

/** A member of the object's own; undefined when it has none. */
export function memberOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
