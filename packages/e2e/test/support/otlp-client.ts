import { type Answer, send } from './http';
import { decodeAnswer } from './otlp-protobuf';
import { type Addresses, readSession, type Tenant } from './tenant';

type Json = Record<string, unknown>;
type Headers = Readonly<Record<string, string>>;

export const json = { 'Content-Type': 'application/json' };
export const protobuf = { 'Content-Type': 'application/x-protobuf' };

/** An answer in either encoding, read as what it means. */
export interface OtlpAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly answer: object;
}

/** Exports to a Brain, as the agent of the tenant unless other headers are given, and reads what became of it. */
export function otlpClient(services: () => Addresses, tenant: () => Tenant) {
  const url = () => `${services().brain.url}/v1/traces`;
  return {
    url,
    exportJson: (body: unknown, headers: Headers = tenant().agent): Promise<Answer> =>
      send('POST', url(), { ...headers, ...json }, body),

    exportProtobuf: (bytes: Uint8Array, headers: Headers = tenant().agent): Promise<OtlpAnswer> =>
      sendSpans(url(), bytes, { ...headers, ...protobuf }),

    /** The agent events of the tenant's session. */
    agentEventsOf: async ({ agentId, sessionId, sdkKey }: Tenant): Promise<Json[]> => {
      const path = `/v2/agents/agt_${agentId}/sessions/ase_${sessionId}/events?limit=100`;
      return (await send('GET', services().brain.url + path, { 'x-api-key': sdkKey })).body.events;
    },

    pathsOf: async (who: Tenant): Promise<string[]> =>
      (await readSession(services(), who)).map(({ path }) => path),

    /** Another session of the tenant's agent. */
    newSession: async (of: Tenant): Promise<Tenant> => {
      const key = { 'X-OTAS-AGENT-KEY': of.agentKey };
      const made = await send('POST', `${services().uasam.url}/api/agent/v1/session/create/`, key, {});
      const { agent_session_id: sessionId, jwt_token: sessionToken } = made.body.response;
      const token = { 'X-OTAS-AGENT-SESSION-TOKEN': sessionToken };
      const backEnd = { ...of.backEnd, ...token };
      return { ...of, sessionId, sessionToken, agent: { ...key, ...token }, backEnd };
    },
  };
}

/** Sends a body as it is. */
export async function sendSpans(url: string, bytes: Uint8Array, headers: Headers): Promise<OtlpAnswer> {
  const body = bytes as Uint8Array<ArrayBuffer>;
  const response = await fetch(url, { method: 'POST', headers, body });
  const type = response.headers.get('content-type');
  const answered = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    type,
    retryAfter: response.headers.get('retry-after'),
    answer:
      type === protobuf['Content-Type']
        ? decodeAnswer(response.ok ? 'Response' : 'RpcStatus', answered)
        : JSON.parse(Buffer.from(answered).toString()),
  };
}
