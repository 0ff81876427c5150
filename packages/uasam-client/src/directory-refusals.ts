import { ApiError, type ErrorCode, invalidRequest } from '@otas/errors';
import type { AccessRefused, RefusalReason } from './access-refused';
import type { Question } from './authorization';
import type { UasamAnswer } from './uasam-http';

const codes: Readonly<Record<RefusalReason, ErrorCode>> = {
  invalid_agent_key: 'unauthorized',
  invalid_sdk_key: 'unauthorized',
  invalid_token: 'unauthorized',
  user_project_mapping_invalid: 'forbidden',
  agent_not_found: 'agent_not_found',
  forbidden: 'forbidden',
  session_not_found: 'session_not_found',
  session_ended: 'unauthorized',
  insufficient_scope: 'forbidden',
  invalid_request: 'invalid_request',
  unknown: 'auth_service_error',
};

const ambiguous = 'names agents of several projects; X-OTAS-PROJECT-ID must say which';

/** UASAM's no to a question about agents and sessions as the error that a v2 client gets; a 404 has the key in `id`. */
export function refusalOf({ reason }: AccessRefused, asked: Question): ApiError {
  // A session that has ended ends its token; for whoever does not come with the token it is only that he may not.
  const code = reason === 'session_ended' && asked.action !== 'capture' ? 'forbidden' : codes[reason];
  if (code === 'invalid_request') return invalidRequest([{ field: 'agent_key', message: ambiguous }]);
  if (code === 'agent_not_found') return new ApiError(code, { payload: { id: asked.agent } });
  if (code === 'session_not_found') return new ApiError(code, { payload: { id: asked.session } });
  return new ApiError(code);
}

/** The same for a deletion that was allowed a moment before. */
export function deletionRefusalOf({ status }: UasamAnswer, asked: Question): ApiError {
  if (status === 401) return new ApiError('unauthorized');
  if (status === 403) return new ApiError('forbidden');
  if (status === 404 && asked.session !== undefined) {
    return new ApiError('session_not_found', { payload: { id: asked.session } });
  }
  if (status === 404) return new ApiError('agent_not_found', { payload: { id: asked.agent } });
  return new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
}

/** The same for a list that UASAM does not give; what is not a refusal is 503 `auth_service_error`. */
export function listRefusalOf({ status, body }: UasamAnswer, agent?: string): ApiError {
  switch (`${status} ${body.status_description}`) {
    case '401 unauthorized':
      return new ApiError('unauthorized');
    case '403 forbidden':
    case '403 insufficient_scope':
      return new ApiError('forbidden');
    case '404 agent_not_found':
      return new ApiError('agent_not_found', { payload: { id: agent } });
    case '400 invalid_request':
      return invalidRequest([{ field: 'agent_key', message: ambiguous }]);
    case '400 invalid_cursor':
      return invalidRequest([{ field: 'page_key', message: 'is not a page key of this list' }]);
    default:
      return new ApiError('auth_service_error', { cause: `UASAM answered with status ${status}` });
  }
}
