import type { FieldError } from '@otas/errors';

/** Reads one field: null when it is not there, and when it is wrong. */
export type QueryFieldReader = <Value>(
  field: string,
  message: string,
  parse: (text: string) => Value | null,
) => Value | null;

/** Reads optional fields of a query; `message` goes into `errors` for each whose `parse` gives null. */
export function queryFields(parameters: URLSearchParams, errors: FieldError[]): QueryFieldReader {
  return (field, message, parse) => {
    const text = parameters.get(field);
    const value = text === null ? null : parse(text);
    if (text !== null && value === null) errors.push({ field, message });
    return value;
  };
}
