import { createHash } from 'node:crypto';
import type { ApiError, ErrorCode, FieldError } from '@otas/errors';
import type { RequestContext } from '@otas/http-kit';

/** Errors that are called otherwise under /v2, where a client need not know which part of the service it was. */
const codes: Partial<Record<ErrorCode, ErrorCode>> = {
  invalid_json: 'invalid_request',
  invalid_cursor: 'invalid_request',
  auth_service_error: 'service_unavailable',
  auth_service_timeout: 'service_unavailable',
  database_unavailable: 'service_unavailable',
  event_store_unavailable: 'service_unavailable',
  event_log_full: 'service_unavailable',
};

const messages: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'The request is not valid.',
  unauthorized: 'There is no valid credential in x-api-key or Authorization.',
  forbidden: 'The credential is valid, but not for this.',
  agent_not_found: 'There is no such agent.',
  session_not_found: 'The agent has no such session.',
  event_not_found: 'The session has no such event.',
  not_found: 'There is no such path.',
  method_not_allowed: 'The path is there, but not for this method.',
  payload_too_large: 'The body is too large.',
  unsupported_content_encoding: 'The Content-Encoding is none that is read here.',
  rate_limit_exceeded: 'There were too many requests; Retry-After says when to try again.',
  service_unavailable: 'The service cannot answer now; Retry-After says when to try again.',
  server_error: 'The service failed.',
};

/** What is wrong with which field, for errors that do not say so themselves. */
const faults: Partial<Record<ErrorCode, Record<string, string>>> = {
  invalid_json: { body: 'is not a JSON object' },
  invalid_cursor: { page_key: 'is not a page key of this list' },
};

/** How an error is called under /v2. */
export function v2CodeOf(code: ErrorCode): ErrorCode {
  return codes[code] ?? code;
}

/** The body of an error's answer: that of {@link v2ErrorBody} under /v2, known path or not; null: the usual one. */
export function errorBody(error: ApiError, context: RequestContext): object | null {
  const path = context.path();
  return path === '/v2' || path.startsWith('/v2/') ? v2ErrorBody(error, context.requestId) : null;
}

/**
 * The body of an error under /v2: `code`, `messages`, `request_id`; `id` on a 404 that names one in `payload.id`;
 * `field_errors` on a 400, from the `errors` of `invalidRequest`.
 */
export function v2ErrorBody(error: ApiError, requestId: string): object {
  const code = v2CodeOf(error.code);
  const fieldErrors = error.status === 400 ? fieldErrorsOf(error) : undefined;
  const details = Object.entries(fieldErrors ?? {}).map(([field, text]) => `${field}: ${text}`);
  const { id, message } = error.payload;
  return {
    code,
    id: error.status === 404 && typeof id === 'string' ? id : undefined,
    messages: [messages[code] ?? code, ...details, ...(typeof message === 'string' ? [message] : [])],
    request_id: requestIdOf(requestId),
    field_errors: fieldErrors,
  };
}

function fieldErrorsOf({ code, payload: { errors } }: ApiError): Record<string, string> {
  if (!Array.isArray(errors)) return faults[code] ?? {};
  return Object.fromEntries(errors.map(({ field, message }: FieldError) => [field, message]));
}

/** 32 hexadecimal digits: the id itself, or a UUID without its hyphens, or else the beginning of its SHA-256. */
function requestIdOf(requestId: string): string {
  const compact = requestId.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(compact)) return compact;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
