import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import type { UasamAnswer } from './uasam-http';

/** UASAM's names of what was asked, and ours. */
const fieldNames: Readonly<Record<string, string>> = {
  agent_ref: 'agent_key',
  session_ref: 'session_key',
  cursor: 'page_key',
};

/**
 * UASAM's refusal of a question about agents and sessions as the error that Brain answers with; anything else that is
 * not a success is a fault between the two services: 503 `auth_service_error`.
 */
export function refusalOf(
  { status, body }: UasamAnswer,
  asked: { readonly agent_ref?: string | undefined; readonly session_ref?: string | undefined },
): ApiError {
  switch (`${status} ${body.status_description}`) {
    case '401 unauthorized':
      return new ApiError('unauthorized');
    case '403 forbidden':
      return new ApiError('forbidden');
    case '404 agent_not_found':
      return new ApiError('agent_not_found', { payload: { id: asked.agent_ref } });
    case '404 session_not_found':
      return new ApiError('session_not_found', { payload: { id: asked.session_ref } });
    case '400 invalid_request':
      return invalidRequest(fieldErrorsOf(body.errors));
    case '400 invalid_cursor':
      return invalidRequest([{ field: 'page_key', message: 'is not a page key of this list' }]);
    default:
      return new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
  }
}

function fieldErrorsOf(errors: unknown): FieldError[] {
  if (!Array.isArray(errors)) return [];
  return errors.map(({ field, message }) => ({
    field: fieldNames[String(field)] ?? String(field),
    message: String(message),
  }));
}
