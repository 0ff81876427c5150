import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from './http';
import { type Addresses, minimalEvent, type Tenant } from './tenant';
import { bearer, type Headers, sessionPath } from './v2';

/** What of a tenant is let in as long as its credentials hold. */
export function accessOf(services: () => Addresses, tenant: Tenant) {
  const brain = (method: string, path: string, headers: Headers, body?: unknown) =>
    send(method, `${services().brain.url}${path}`, headers, body);
  const events = `/v2/agents${sessionPath(tenant)}/events`;
  return {
    agentLog: () => brain('POST', '/api/v1/backend/log/agent/', tenant.agent, minimalEvent(tenant)),
    sdkLog: () => brain('POST', '/api/v1/backend/log/sdk/', tenant.backEnd, minimalEvent(tenant)),
    record: () => brain('POST', events, tenant.agent, { type: 'thinking' }),
    read: (headers: Headers = tenant.reader) =>
      brain('GET', `/api/v1/agent/session/events/?session_id=${tenant.sessionId}`, headers),
    list: (credential: string) => brain('GET', events, bearer(credential)),
    /** Changes something at UASAM, as the project's Admin unless other headers are given. */
    change: async (path: string, body: object, headers: Headers = tenant.reader) => {
      const answer = await send('POST', `${services().uasam.url}${path}`, headers, body);
      if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
  };
}

/** Status and code of an answer, of either API, or of OTLP, where the code begins the message. */
export function outcomeOf({ status, body }: Answer): string {
  if (status < 300) return 'allowed';
  const { status_description, code, message } = body;
  return `${status} ${status_description ?? (typeof code === 'number' ? message.split(':')[0] : code)}`;
}

/** Asks until it is refused, 20 s at most: how long that took in milliseconds, and with what it was refused. */
export async function untilRefused(ask: () => Promise<Answer>): Promise<{ ms: number; outcome: string }> {
  const startedAt = performance.now();
  for (;;) {
    const outcome = outcomeOf(await ask());
    const ms = performance.now() - startedAt;
    if (outcome !== 'allowed' || ms > 20_000) return { ms, outcome };
    await sleep(20);
  }
}
