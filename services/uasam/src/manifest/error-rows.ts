import { type ErrorCode, errorTable } from '@otas/errors';

/** HTTP status, code, and what an agent is to do about it. */
export type ErrorRow = readonly [status: number, code: string, whatToDo: string];

const wait = 'wait as long as `Retry-After` says, then repeat the request unchanged';
const badKey = 'your key is wrong, revoked or expired: do not try again, ask for a new one';
const badScope = 'your key may not record: ask for one with the scope `capture`';
const badBody = 'mend what `errors` names, and send it again';
const badSession =
  'the session has ended or is not yours: begin a new one (part 1), and send the event with its token';

const rows = (known: Partial<Record<ErrorCode, string>>): readonly ErrorRow[] =>
  Object.entries(known).map(([code, what]) => [errorTable[code as ErrorCode].status, code, what]);

/** Of the beginning and the end of a session. */
export const sessionErrors = rows({
  invalid_json: 'the body is not a JSON object: mend it',
  invalid_request: badBody,
  invalid_agent_key: badKey,
  missing_agent_session_token: "at the end: send the session's header",
  invalid_or_expired_token: 'at the end: the session is over already',
  insufficient_scope: badScope,
  session_agent_mismatch: 'at the end: the token is another agent’s; use the one that you were given',
  session_not_found: 'at the end: the session was deleted; there is nothing to end',
  rate_limit_exceeded: wait,
  server_error: 'repeat it once; then tell whoever runs you the `X-Request-Id` of the answer',
  database_unavailable: wait,
});

/** Of logging. */
export const captureErrors = rows({
  invalid_json: 'the body is not a JSON object: mend it',
  missing_required_fields: 'add the fields in `missing_fields`',
  invalid_request: badBody,
  events_rejected: 'mend what `response.results` says of each event',
  missing_agent_key: 'send the header `X-OTAS-AGENT-KEY`',
  invalid_or_expired_agent_key: badKey,
  missing_agent_session_token: "send the session's header",
  invalid_or_expired_token: badSession,
  session_agent_mismatch: badSession,
  insufficient_scope: badScope,
  project_mismatch: 'send the `project_id` above',
  payload_too_large: 'send fewer events at once, or shorter bodies',
  rate_limit_exceeded: wait,
  server_error: 'repeat it once with the same `event_id`',
  auth_service_timeout: wait,
  auth_service_error: wait,
  event_log_full: wait,
});
