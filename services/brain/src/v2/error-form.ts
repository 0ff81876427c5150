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
  rate_limit_exceeded: 'There were too many requests; Retry-After says when to try again.',
  service_unavailable: 'The service cannot answer now; Retry-After says when to try again.',
  server_error: 'The service failed.',
};

/** Whether a request is one of the v2 API, also where its path is unknown. */
export function isV2(context: RequestContext): boolean {
  const path = context.path();
  return path === '/v2' || path.startsWith('/v2/');
}

/**
 * The body of an error under /v2: `code`, `messages`, `request_id`; `id` on a 404 that names one in `payload.id`;
 * `field_errors` on a 400, from the `errors` of `invalidRequest`.
 */
export function v2ErrorBody(error: ApiError, context: RequestContext): object {
  const code = codes[error.code] ?? error.code;
  const fieldErrors = error.status === 400 ? fieldErrorsOf(error.payload.errors) : undefined;
  const details = Object.entries(fieldErrors ?? {}).map(([field, text]) => `${field}: ${text}`);
  const { id, message } = error.payload;
  return {
    code,
    id: error.status === 404 && typeof id === 'string' ? id : undefined,
    messages: [messages[code] ?? code, ...details, ...(typeof message === 'string' ? [message] : [])],
    request_id: requestIdOf(context.requestId),
    field_errors: fieldErrors,
  };
}

function fieldErrorsOf(errors: unknown): Record<string, string> {
  const list: readonly FieldError[] = Array.isArray(errors) ? errors : [];
  return Object.fromEntries(list.map(({ field, message }) => [field, message]));
}

/** 32 hexadecimal digits: the id itself, or a UUID without its hyphens, or else the beginning of its SHA-256. */
function requestIdOf(requestId: string): string {
  const compact = requestId.replaceAll('-', '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(compact)) return compact;
  return createHash('sha256').update(requestId).digest('hex').slice(0, 32);
}
