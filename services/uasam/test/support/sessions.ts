import type { TestService } from './service';
import { paths, type Tenant, type TestAgent } from './tenant';

type Headers = Record<string, string>;

export interface NewSession {
  readonly agent_session_id: string;
  readonly jwt_token: string;
}

/** What the tests of the ends of sessions ask the service, about the tenant's agent unless another is given. */
export function sessionsClient(service: () => TestService, tenant: () => Tenant, agent: () => TestAgent) {
  return {
    begin: async ({ key } = agent(), meta: unknown = {}): Promise<NewSession> => {
      const request = service().http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key);
      return (await request.send({ meta }).expect(200)).body.response;
    },

    /** The headers of the agent in a session. */
    holder: (token: string, { key } = agent()): Headers => ({
      'X-OTAS-AGENT-KEY': key,
      'X-OTAS-AGENT-SESSION-TOKEN': token,
    }),

    end: (headers: Headers, body: object = {}) =>
      service().http.post(paths.endSession).set(headers).send(body),

    /** As the tenant's Admin unless other headers are given. */
    revoke: (body: object, headers: Headers = tenant().headers) =>
      service().http.post(paths.revokeSession).set(headers).send(body),

    /** Whether a session is active, ended, revoked or expired, as it is listed. */
    statusOf: async (sessionId: string): Promise<string> => {
      const query = { agent_id: agent().id };
      const answer = await service().http.get(paths.sessions).set(tenant().headers).query(query);
      return answer.body.response.sessions.find((one: { id: string }) => one.id === sessionId)?.status;
    },
  };
}
