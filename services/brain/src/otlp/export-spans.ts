import { ApiError, invalidRequest } from '@otas/errors';
import { exactJsonOf } from '@otas/event-schema';
import { prepareAgentEvent } from '../agent-events/record-agent-events';
import type { ToAgentEventRules } from '../agent-events/to-agent-event';
import { type CaptureAuth, grantCapture } from '../auth/capture-credentials';
import type { Exporter } from '../auth/export-credentials';
import type { CaptureClock } from '../capture/clock';
import type { EventCapture } from '../capture/event-capture';
import type { PreparedEvent } from '../capture/log-record';
import type { CapturePrincipal } from '../capture/to-event';
import { eventIdOf } from './event-id';
import { genAiEvents, genAiKindOf } from './gen-ai-span';
import { httpSpanBody, isHttpSpan } from './http-span';
import { Rejections } from './rejections';
import type { Span } from './span';

export interface ExportDeps extends CaptureAuth {
  readonly capture: EventCapture;
  readonly clock: CaptureClock;
  readonly rules: ToAgentEventRules;
}

const eventsMax = 20_000;
const sessionsMax = 1000;
const sessionsAtOnce = 20;
const [traceIdForm, spanIdForm] = [/^(?!0+$)[0-9a-f]{32}$/, /^(?!0+$)[0-9a-f]{16}$/];

/** An event that a span becomes, before it is checked. */
interface Draft {
  readonly span: Span;
  readonly atNanos: bigint;
  prepare(): PreparedEvent;
}

/**
 * Records the spans that are HTTP calls, or are about a model or a tool, each in the session that it names, or else in that
 * of the request. All others are passed over, and count as taken. Resolves when the events are durable.
 *
 * @returns why spans were rejected; what the others became is kept all or none
 * @throws ApiError when no span was taken and some were rejected: their reason, or 400 `events_rejected` where they have
 *   several; 400 `invalid_request` for more than 1,000 sessions, or 20,000 events; 503 `event_log_full`, or when UASAM cannot be asked, and
 *   then nothing was kept
 */
export async function exportSpans(
  deps: ExportDeps,
  exporter: Exporter,
  spans: readonly Span[],
): Promise<Rejections> {
  const wanted = spans.filter((span) => genAiKindOf(span) !== null || isHttpSpan(span));
  const grants = await askGrants(deps, exporter, wanted);
  const rejected = new Map<Span, ApiError>();
  const events = prepareAll(deps, wanted, (span) => grantOf(span, exporter, grants), rejected);
  const rejections = new Rejections([...rejected.values()]);
  deps.capture.countRejected(exporter.projectId, rejections.count);
  if (rejections.count > 0 && rejections.count === spans.length) throw rejections.error();
  // Not awaited here: whoever waits would hold on to all spans; see EventCapture.keep.
  return deps.capture.keep(exporter.projectId, events).then(() => rejections);
}

/** The sessions that spans name, asked about once each; what is wrong with one says nothing of the others. */
async function askGrants(
  deps: ExportDeps,
  { credential }: Exporter,
  spans: readonly Span[],
): Promise<ReadonlyMap<string, CapturePrincipal | ApiError>> {
  const tokens = [...new Set(spans.map(({ sessionToken }) => sessionToken))].filter(
    (token) => token !== null,
  );
  if (tokens.length > sessionsMax)
    throw fault('otas.session.token', `names more than ${sessionsMax} sessions`);
  const grants = new Map<string, CapturePrincipal | ApiError>();
  const ask = async (token: string): Promise<void> => {
    try {
      grants.set(token, await grantCapture(deps, credential, token));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status >= 500) throw error;
      grants.set(token, error);
    }
  };
  for (let at = 0; at < tokens.length; at += sessionsAtOnce) {
    await Promise.all(tokens.slice(at, at + sessionsAtOnce).map(ask));
  }
  return grants;
}

function grantOf(
  { sessionToken }: Span,
  { grant }: Exporter,
  grants: ReadonlyMap<string, CapturePrincipal | ApiError>,
): CapturePrincipal {
  const found = sessionToken === null ? grant : grants.get(sessionToken);
  if (found instanceof ApiError) throw found;
  if (found === null || found === undefined) throw new ApiError('missing_agent_session_token');
  return found;
}

/** The events of all spans of which every event is good, in the order of their times; the others go to `rejected`. */
function prepareAll(
  deps: ExportDeps,
  spans: readonly Span[],
  principalOf: (span: Span) => CapturePrincipal,
  rejected: Map<Span, ApiError>,
): PreparedEvent[] {
  const tryFor = <T>(span: Span, work: () => T): T | null => {
    try {
      return rejected.has(span) ? null : work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      rejected.set(span, error);
      return null;
    }
  };
  // In this order they are stamped: agent events of one millisecond stand in the order of recording.
  const drafts: Draft[] = [];
  for (const span of spans) {
    drafts.push(...(tryFor(span, () => draftsOf(deps, span, principalOf(span))) ?? []));
    if (drafts.length > eventsMax) throw fault('resourceSpans', `must become at most ${eventsMax} events`);
  }
  drafts.sort((a, b) => Number(a.atNanos - b.atNanos));
  const prepared = drafts.map(({ span, prepare }) => ({ span, event: tryFor(span, prepare) }));
  return prepared.flatMap(({ span, event }) => (event === null || rejected.has(span) ? [] : [event]));
}

/** @throws ApiError 400 `invalid_request` for a span without ids */
function draftsOf(deps: ExportDeps, span: Span, principal: CapturePrincipal): Draft[] {
  if (!traceIdForm.test(span.traceId)) throw fault('traceId', 'must be 16 bytes, not all of them 0');
  if (!spanIdForm.test(span.spanId)) throw fault('spanId', 'must be 8 bytes, not all of them 0');
  const { redactor } = deps.rules;
  const kind = genAiKindOf(span);
  if (kind === null) {
    const body = {
      ...httpSpanBody(span, redactor),
      project_id: principal.projectId,
      event_id: eventIdOf(span, principal.sessionId, 'call'),
    };
    const prepare = () => deps.capture.prepare(body, exactJsonOf(body), principal);
    return [{ span, atNanos: span.startNanos, prepare }];
  }
  return genAiEvents(span, kind, redactor).map(({ name, atNanos, body: sent }) => {
    const body = { ...sent, id: `aev_${eventIdOf(span, principal.sessionId, name)}` };
    return { span, atNanos, prepare: () => prepareOfAgent(deps, principal, body) };
  });
}

function prepareOfAgent(deps: ExportDeps, principal: CapturePrincipal, body: object): PreparedEvent {
  const prepared = prepareAgentEvent(deps, principal, body, exactJsonOf(body), '');
  if ('faults' in prepared) throw invalidRequest(prepared.faults);
  return prepared;
}

function fault(field: string, message: string): ApiError {
  return invalidRequest([{ field, message }]);
}
