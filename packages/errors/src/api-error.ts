import { type ErrorCode, errorTable } from './error-table';

/** What is wrong with one field of a request; `field` is a path such as `meta` or `events[3].path`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface ApiErrorOptions {
  /** Sent beside `status` and `status_description`; it must hold nothing that the client may not see. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Replaces the table's public text, for the few texts that name what is missing. */
  readonly description?: string;
  /** Replaces the table's HTTP status: an upstream's own refusal is passed on as it came. */
  readonly status?: number;
  /** Whole seconds, at least 1; sent as `Retry-After`. Left out: 1 for a 429 or 503, else no header. */
  readonly retryAfterSeconds?: number;
  /** Response headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The private reason: logged for a 5xx, never sent. */
  readonly cause?: unknown;
}

/** An answer other than success. What the client sees is `status`, `description` and `payload`, nothing else. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly description: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    super(code, { cause: options.cause });
    const row: { status: number; description?: string } = errorTable[code];
    this.name = 'ApiError';
    this.code = code;
    this.status = options.status ?? row.status;
    this.description = options.description ?? row.description ?? code;
    this.payload = options.payload ?? {};
    const retryable = this.status === 429 || this.status === 503;
    const retryAfterSeconds = options.retryAfterSeconds ?? (retryable ? 1 : undefined);
    this.headers = {
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(Math.max(1, retryAfterSeconds)) }),
      ...options.headers,
    };
  }
}

/** 400 `invalid_request`, naming every field that is wrong. */
export function invalidRequest(errors: readonly FieldError[]): ApiError {
  return new ApiError('invalid_request', { payload: { errors } });
}
