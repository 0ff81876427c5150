import { outcome } from './outcome';
import type { TestService } from './service';
import { createAgent, createSdkKey, createTenant, paths, type Tenant, type TestAgent } from './tenant';

export type Headers = Record<string, string>;

/** Two projects, and each kind of credential of the first one. */
export interface AccessWorld {
  readonly tenant: Tenant;
  readonly other: Tenant;
  /** The agent whose key is among the credentials, with a session whose meta is `{"task": "x"}`. */
  readonly agent: TestAgent;
  readonly sessionId: string;
  /** Another agent of the same project. */
  readonly sibling: TestAgent;
  /** An agent of the other project. */
  readonly foreign: TestAgent;
  readonly credentials: { readonly user: Headers; readonly sdk: Headers; readonly agent: Headers };
}

export const agt = (id: string): string => `agt_${id}`;
export const ase = (id: string): string => `ase_${id}`;
export const userOf = ({ admin }: Pick<Tenant, 'admin'>): Headers => ({ 'X-OTAS-USER-TOKEN': admin.token });

/** What the tests of access ask the service, which starts after they are declared. */
export function accessClient(service: () => TestService) {
  const ask = (headers: Headers, query: object, list = '') =>
    service().http.get(`/api/agent/v1/access/${list}`).set(headers).query(query);

  const newSession = async ({ key }: TestAgent, body: object): Promise<string> => {
    const request = service().http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key);
    return (await request.send(body).expect(200)).body.response.agent_session_id;
  };

  return {
    ask,
    newSession,

    /** Status and code of an answer. */
    outcome: (headers: Headers, query: object, list = '') => outcome(ask(headers, query, list)),

    newAgent: async ({ headers }: Tenant, agent_ref: string): Promise<TestAgent> => {
      const body = { agent_name: 'Scout', agent_provider: 'acme', agent_ref };
      const answer = await service().http.post(paths.createAgent).set(headers).send(body).expect(201);
      const { agent, agent_key: key } = answer.body.response;
      return { id: agent.id, keyId: key.id, key: key.api_key };
    },

    createWorld: async (): Promise<AccessWorld> => {
      const [tenant, other] = [await createTenant(service()), await createTenant(service())];
      const [agent, sibling] = [await createAgent(service(), tenant), await createAgent(service(), tenant)];
      return {
        ...{ tenant, other, agent, sibling },
        foreign: await createAgent(service(), other),
        credentials: {
          user: userOf(tenant),
          sdk: { 'X-OTAS-SDK-KEY': (await createSdkKey(service(), tenant)).key },
          agent: { 'X-OTAS-AGENT-KEY': agent.key },
        },
        sessionId: await newSession(agent, { meta: { task: 'x' } }),
      };
    },
  };
}
