import { type FieldError, invalidRequest } from '@otas/errors';
import type { z } from 'zod';
import type { RawBody } from './raw-body';

/** Every issue of a failed parse, with its path as `a.b[3].c`; an issue of the whole body has the field `body`. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: pathOf(issue.path), message: issue.message }));
}

/**
 * Reads a body as JSON and checks it against a schema; for an endpoint's `body`.
 *
 * @throws ApiError 400 `invalid_json`, or 400 `invalid_request` naming each field that is wrong.
 */
export function fromSchema<T>(schema: z.ZodType<T>): (raw: RawBody) => T {
  return (raw) => {
    const result = schema.safeParse(raw.json());
    if (!result.success) throw invalidRequest(fieldErrors(result.error));
    return result.data;
  };
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'body';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
