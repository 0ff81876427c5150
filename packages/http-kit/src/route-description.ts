import type { ErrorCode } from '@otas/errors';
import type { z } from 'zod';

/** One success of a route. It has a `payload` or a `body` or `types`; without any of them its answer has no body. */
export interface AnswerDescription {
  /** HTTP status; left out: the endpoint's own. */
  readonly status?: number;
  /** What it means, in one line; left out: the `status_description`, or the summary. */
  readonly summary?: string;
  /** `status_description`; left out: the endpoint's own. */
  readonly description?: string;
  /** What stands beside `status` and `status_description`. */
  readonly payload?: z.ZodObject;
  /** The whole body, where it is a `PlainAnswer`. */
  readonly body?: z.ZodType;
  /** Bodies that are not JSON, by content type; what a schema says of them is shown and not checked. */
  readonly types?: Readonly<Record<string, z.ZodType>>;
  /** Headers beside those that every answer has, by name. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
}

/**
 * What the API's description says of a route beside what its steps say. The credentials follow from its class of callers,
 * and so do the errors of that class, of a body, of limits and of stores.
 */
export interface RouteDescription {
  /** How generated clients call it, such as `createSession`; no other route of the service has it. */
  readonly name: string;
  /** The group that it is shown in, such as `Sessions`. */
  readonly tag: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Markdown. */
  readonly details?: string;
  /** What stands beside `status` and `status_description`, or every success where there is more to say. */
  readonly answer: z.ZodObject | readonly AnswerDescription[];
  /** Errors that this route throws by itself. */
  readonly errors?: readonly ErrorCode[];
  /** What every error of this route has beside its own, where `onError` adds something. */
  readonly errorPayload?: z.ZodObject;
  /** The bodies of all its errors by content type, where they have another form than the usual one. */
  readonly errorTypes?: Readonly<Record<string, z.ZodType>>;
  /** The parameters in its path, by name. */
  readonly path?: Readonly<Record<string, z.ZodType>>;
  /** Headers that it reads beside credentials, by name; all of them may be left out. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  /** The query, where another step than `query` checks it. */
  readonly query?: z.ZodType;
}
