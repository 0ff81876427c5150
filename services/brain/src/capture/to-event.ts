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
  if ('faults' in parsed) throw invalidRequest(parsed.faults);
  const { input } = parsed;
  const eventTime = timeOf(input, stamp.now, rules.window);
  if (input.projectId !== principal.projectId) throw new ApiError('project_mismatch');
  const cleaner = new Cleaner(rules);
  const { requestContentType, responseContentType } = input;
  return {
    eventId: input.eventId ?? stamp.eventId,
    eventTime,
    projectId: principal.projectId,
    agentId: principal.agentId,
    agentSessionId: principal.sessionId,
    path: cleaner.path(input.path),
    method: input.method,
    statusCode: input.statusCode,
    latencyMs: input.latencyMs,
    requestSizeBytes: input.requestSizeBytes,
    responseSizeBytes: input.responseSizeBytes,
    requestHeaders: cleaner.headers('request_headers', input.requestHeaders),
    requestBody: cleaner.body('request_body', input.requestBody, requestContentType),
    queryParams: cleaner.query('query_params', input.queryParams),
    postData: cleaner.body('post_data', input.postData, requestContentType),
    responseHeaders: cleaner.headers('response_headers', input.responseHeaders),
    responseBody: cleaner.body('response_body', input.responseBody, responseContentType),
    requestContentType,
    responseContentType,
    customProperties: input.customProperties,
    error: cleaner.text('error', input.error),
    metadata: input.metadata,
    createdAt: stamp.now,
    redactedFields: cleaner.redactedFields,
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

const formType = /^application\/x-www-form-urlencoded/i;

/** Takes credentials out of texts, then cuts what is too long; in this order, so that none is cut into halves. */
class Cleaner {
  /** Names of the fields in which a credential was replaced. */
  readonly redactedFields: string[] = [];
  readonly #rules: ToEventRules;

  constructor(rules: ToEventRules) {
    this.#rules = rules;
  }

  path(sent: string): string {
    return this.#note('path', sent, this.#rules.redactor.url(sent));
  }

  text(name: string, sent: string | null): string | null {
    return sent === null ? null : this.#cut(name, sent, this.#rules.redactor.text(sent));
  }

  query(name: string, sent: string | null): string | null {
    return sent === null ? null : this.#cut(name, sent, this.#rules.redactor.pairs(sent));
  }

  body(name: string, sent: string | null, contentType: string | null): string | null {
    return contentType !== null && formType.test(contentType)
      ? this.query(name, sent)
      : this.text(name, sent);
  }

  headers(name: string, sent: string | null): string | null {
    return sent === null ? null : this.#cut(name, sent, this.#rules.redactor.headers(sent));
  }

  #cut(name: string, sent: string, cleaned: string): string {
    return cutText(this.#note(name, sent, cleaned), this.#rules.bodyMaxBytes);
  }

  #note(name: string, sent: string, cleaned: string): string {
    if (cleaned !== sent) this.redactedFields.push(name);
    return cleaned;
  }
}
