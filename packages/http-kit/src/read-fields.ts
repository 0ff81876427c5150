import { ApiError, type ErrorCode, errorTable, type FieldError, invalidRequest } from '@otas/errors';
import type { z } from 'zod';

const fieldMaxLength = 200;

/**
 * Reads an object with the schema that also describes it. The messages of the schema are the texts of the answer; one that is
 * the code of an error, such as `'agent_id_required'`, is that error.
 *
 * @throws ApiError that of the first message which is a code, else 400 `invalid_request` with the first message of each field,
 *   in the schema's order
 */
export function readFields<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = faultsOf(result.error);
  const named = faults.find(({ message }) => Object.hasOwn(errorTable, message));
  throw named === undefined ? invalidRequest(faults) : new ApiError(named.message as ErrorCode);
}

/** The first message of each field that is wrong, by paths such as `events[3].path`. */
export function faultsOf({ issues }: z.ZodError): FieldError[] {
  const faults = new Map<string, string>();
  for (const { path, message } of issues) {
    const field = path.reduce<string>(join, '').slice(0, fieldMaxLength) || 'body';
    if (!faults.has(field)) faults.set(field, message);
  }
  return [...faults].map(([field, message]) => ({ field, message }));
}

function join(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? String(step) : `${path}.${String(step)}`;
}

/** The parameters of a query by name; of one that comes more than once the first. */
export function firstOfEach(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...parameters].reverse());
}
