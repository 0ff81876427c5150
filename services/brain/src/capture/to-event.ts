import { ApiError, invalidRequest } from '@otas/errors';
import {
  type BackendEvent,
  type BackendEventInput,
  type ExactJson,
  type Micros,
  microsOfUuidV7,
  missingRequiredFields,
  parseBackendEventInput,
} from '@otas/event-schema';
import { fieldErrors } from '@otas/http-kit';
import { cutText } from './cut-text';
import type { Redactor } from './redactor';

/** Who logs: as the credentials proved it, never as a body says it. Ids are canonical UUIDs. */
export interface CapturePrincipal {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

/** How far from now the time of an event may lie, both inclusive, in microseconds. */
export interface TimeWindow {
  readonly past: Micros;
  readonly future: Micros;
}

/** What is stamped on an event, once, before it goes anywhere. */
export interface Stamp {
  readonly now: Micros;
  readonly eventId: string;
}

export interface ToEventRules {
  readonly redactor: Redactor;
  /** Inclusive bound on a text field in bytes of UTF-8; what is longer is cut. */
  readonly bodyMaxBytes: number;
  readonly window: TimeWindow;
}

/**
 * The event that a body describes, in the order of checks of the contract.
 *
 * @param stamp the id is used only when the body has none, the time when neither `event_time` nor a version 7
 *   `event_id` gives one
 * @throws ApiError 400 `missing_required_fields`, 400 `invalid_request`, 403 `project_mismatch`
 */
export function toEvent(
  body: Readonly<Record<string, unknown>>,
  json: ExactJson,
  principal: CapturePrincipal,
  stamp: Stamp,
  rules: ToEventRules,
): BackendEvent {
  const missing = missingRequiredFields(body);
  if (missing.length > 0)
    throw new ApiError('missing_required_fields', { payload: { missing_fields: missing } });
  const parsed = parseBackendEventInput(body, json);
  if ('error' in parsed) throw invalidRequest(fieldErrors(parsed.error));
  const { input } = parsed;
  const eventTime = timeOf(input, stamp.now, rules.window);
  if (input.projectId !== principal.projectId) throw new ApiError('project_mismatch');
  return {
    ...clean(input, rules),
    eventId: input.eventId ?? stamp.eventId,
    eventTime,
    projectId: principal.projectId,
    agentId: principal.agentId,
    agentSessionId: principal.sessionId,
    createdAt: stamp.now,
  };
}

function timeOf(input: BackendEventInput, now: Micros, window: TimeWindow): Micros {
  const fromId = input.eventId === null ? null : microsOfUuidV7(input.eventId);
  const eventTime = input.eventTime ?? fromId ?? now;
  if (eventTime >= now - window.past && eventTime <= now + window.future) return eventTime;
  const field = input.eventTime === null ? 'event_id' : 'event_time';
  const side = eventTime < now ? 'past' : 'future';
  throw invalidRequest([{ field, message: `the time of the event is too far in the ${side}` }]);
}

type CleanInput = Omit<BackendEventInput, 'eventId' | 'eventTime'> & Pick<BackendEvent, 'redactedFields'>;

/** The input without credentials, and without what is too long; credentials first, so that none is cut into halves. */
function clean(input: BackendEventInput, rules: ToEventRules): CleanInput {
  const { redactor, bodyMaxBytes } = rules;
  const redactedFields: string[] = [];
  const cleanText = (name: string, text: string | null, kind: 'text' | 'headers'): string | null => {
    if (text === null) return null;
    const cleaned = redactor[kind](text);
    if (cleaned !== text) redactedFields.push(name);
    return cutText(cleaned, bodyMaxBytes);
  };
  const path = redactor.text(input.path);
  if (path !== input.path) redactedFields.push('path');
  return {
    ...input,
    path,
    requestHeaders: cleanText('request_headers', input.requestHeaders, 'headers'),
    requestBody: cleanText('request_body', input.requestBody, 'text'),
    queryParams: cleanText('query_params', input.queryParams, 'text'),
    postData: cleanText('post_data', input.postData, 'text'),
    responseHeaders: cleanText('response_headers', input.responseHeaders, 'headers'),
    responseBody: cleanText('response_body', input.responseBody, 'text'),
    error: cleanText('error', input.error, 'text'),
    redactedFields,
  };
}
