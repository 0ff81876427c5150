import type { SessionIdentity } from '../session/session-token';

/** What events are, on the wire: calls, or what the agent itself said and did. */
export type EventKind = 'call' | 'agent_event';

/** Who sends, with which key. */
export interface Sender {
  /** Without a slash at its end. */
  readonly brainUrl: string;
  readonly keyHeader: 'X-OTAS-AGENT-KEY' | 'X-OTAS-SDK-KEY';
  readonly key: string;
}

/** A request that is sent when the process ends. */
export interface ExitRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** To be called when the answer was 2xx. */
  accept(): void;
}

export function urlOf({ brainUrl, keyHeader }: Sender, kind: EventKind, session: SessionIdentity): string {
  if (kind === 'agent_event') {
    return `${brainUrl}/v2/agents/agt_${session.agentId}/sessions/ase_${session.sessionId}/events`;
  }
  return `${brainUrl}/api/v1/backend/log/${keyHeader === 'X-OTAS-SDK-KEY' ? 'sdk' : 'agent'}/batch/`;
}

export function headersOf({ keyHeader, key }: Sender, { token }: SessionIdentity): Record<string, string> {
  return { 'Content-Type': 'application/json', [keyHeader]: key, 'X-OTAS-AGENT-SESSION-TOKEN': token };
}

/** `{"events": […]}` from events that are JSON already; calls get their project, which only the session knows. */
export function bodyOf(kind: EventKind, { projectId }: SessionIdentity, events: readonly string[]): string {
  const whole =
    kind === 'call'
      ? events.map((event) => `{"project_id":${JSON.stringify(projectId)},${event.slice(1)}`)
      : events;
  return `{"events":[${whole.join(',')}]}`;
}
