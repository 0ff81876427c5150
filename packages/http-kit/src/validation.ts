import type { FieldError } from '@otas/errors';
import type { z } from 'zod';

/** Every issue of a failed parse, with its path as `a.b[3].c`; an issue of the whole body has the field `body`. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: pathOf(issue.path), message: issue.message }));
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'body';
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
