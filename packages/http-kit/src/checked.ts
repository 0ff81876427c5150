import type { z } from 'zod';

/** A step that reads a part of a request, or throws the ApiError of what is wrong with it. */
export interface Step<Input, Output> {
  (input: Input): Output;
  /** What it takes: of a query an object with its parameters, of a body its JSON. */
  readonly schema?: z.ZodType;
  /** What else it takes as a body, by content type. */
  readonly otherTypes?: Readonly<Record<string, z.ZodType>>;
}

/**
 * A step for `query` or `body` with the schema that describes it. `parse` reads with that schema, or with what the schema
 * was made of; a test holds both together where they are two.
 *
 * @param otherTypes what a body may also be, by content type; `schema` is that of `application/json`
 */
export function checked<Input, Output>(
  schema: z.ZodType,
  parse: (input: Input) => Output,
  otherTypes: Readonly<Record<string, z.ZodType>> = {},
): Step<Input, Output> {
  return Object.assign((input: Input) => parse(input), { schema, otherTypes });
}
