import { parseObject } from '../record/parse-object';
import type { EventKind } from './request';

/** What an answer says of the events that were sent. */
export type Outcome =
  /** Each was judged: those in `rejected` (by their index) were refused for good with a code, the others are kept. */
  | { readonly kind: 'judged'; readonly rejected: ReadonlyMap<number, string> }
  /** Those in `rejected` were refused for good, and because of them the others were not looked at. */
  | { readonly kind: 'without'; readonly rejected: ReadonlyMap<number, string> }
  /** Too large, or unreadable as a whole: fewer at once are tried, and a single one is refused with the code. */
  | { readonly kind: 'fewer'; readonly code: string }
  /** The credentials are refused for good, and so is every event. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Nothing is known of them; later again. `isOfSession`: the cause concerns this session alone. */
  | { readonly kind: 'again'; readonly code: string; readonly isOfSession: boolean };

/** Codes with which one session's requests fail, while others' may go on. */
const ofSession = /^auth_service_/;
/** 4xx that are no judgement. */
const transient = new Set([404, 405, 407, 408, 421, 423, 425, 429]);
const notFound = /^(?:agent|session)_not_found$/;

/**
 * @param text the body; a refusal counts only when Brain's own error is in it: a proxy's page says nothing of events
 * @param count how many events were sent
 */
export function readAnswer(kind: EventKind, status: number, text: string, count: number): Outcome {
  const body = parseObject(text);
  const code = codeOf(body);
  if (status >= 200 && status < 300) {
    if (kind === 'agent_event' && Array.isArray(body.events)) return { kind: 'judged', rejected: new Map() };
    const results = resultsOf(body);
    return results === null ? again(code ?? 'unknown_answer') : { kind: 'judged', rejected: results };
  }
  if (status === 413) return { kind: 'fewer', code: 'payload_too_large' };
  if (code === null || status >= 500 || status < 400) return again(code ?? `http_${status}`);
  if (transient.has(status) && !notFound.test(code)) return again(code);
  if (status !== 400) return { kind: 'refused', code };
  const results = code === 'events_rejected' ? resultsOf(body) : null;
  if (results !== null) return { kind: 'judged', rejected: results };
  const named = kind === 'agent_event' ? namedEvents(body, count, code) : new Map<number, string>();
  return named.size > 0 ? { kind: 'without', rejected: named } : { kind: 'fewer', code };
}

function again(code: string): Outcome {
  return { kind: 'again', code, isOfSession: ofSession.test(code) };
}

/** The wait that a `Retry-After` asks for, in milliseconds: seconds or a date; 0 when there is none. */
export function retryAfterMs(value: string): number {
  if (value.trim() === '') return 0;
  const seconds = Number(value);
  const waitMs = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000;
  return Math.max(0, waitMs || 0);
}

function codeOf({ status_description, code }: Record<string, unknown>): string | null {
  if (typeof status_description === 'string') return status_description;
  return typeof code === 'string' ? code : null;
}

/** Codes of the events that a batch's answer refuses; null when it holds no results. */
function resultsOf(body: Record<string, unknown>): Map<number, string> | null {
  const results = (body.response as { results?: unknown } | undefined)?.results;
  if (!Array.isArray(results)) return null;
  const rejected = new Map<number, string>();
  for (const result of results as readonly { index?: unknown; status_description?: unknown }[]) {
    const { index, status_description: code } = result ?? {};
    if (typeof index === 'number' && typeof code === 'string') rejected.set(index, code);
  }
  return rejected;
}

/** `field_errors: {"events[3].tool_call_id": …}` names the fourth event. */
function namedEvents(body: Record<string, unknown>, count: number, code: string): Map<number, string> {
  const named = new Map<number, string>();
  for (const field of Object.keys(body.field_errors ?? {})) {
    const index = Number(/^events\[(\d+)\]/.exec(field)?.[1] ?? Number.NaN);
    if (index < count) named.set(index, code);
  }
  return named;
}
