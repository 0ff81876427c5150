import { type Answer, send } from './http';
import type { Services } from './services';
import type { Tenant } from './tenant';

export type Headers = Record<string, string>;

export const bearer = (credential: string): Headers => ({ Authorization: `Bearer ${credential}` });

/** The headers of a project's Admin, for UASAM. */
export const admin = ({ userToken, projectId }: Pick<Tenant, 'userToken' | 'projectId'>): Headers => ({
  'X-OTAS-USER-TOKEN': userToken,
  'X-OTAS-PROJECT-ID': projectId,
});

/** Paths below `/v2/agents`. */
export const agentPath = ({ agentId }: Pick<Tenant, 'agentId'>): string => `/agt_${agentId}`;
export const sessionPath = (who: Pick<Tenant, 'agentId' | 'sessionId'>): string =>
  `${agentPath(who)}/sessions/ase_${who.sessionId}`;

/** A time as v2 answers write it. */
export const v2Time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

/** Expects an error as a strict client reads it: these fields, those of `more`, and no other. */
export function expectV2Error(answer: Answer, status: number, code: string, more: object = {}): void {
  expect([answer.status, answer.body]).toEqual([
    status,
    {
      code,
      messages: expect.arrayContaining([expect.any(String)]),
      request_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      ...(status === 400 ? { field_errors: expect.any(Object) } : {}),
      ...more,
    },
  ]);
}

/** What the tests of v2 ask, with the services and the tenant of the moment. */
export function v2Client(services: () => Services, tenant: () => Tenant) {
  const uasam = async (path: string, headers: Headers, body: unknown): Promise<Answer['body']> => {
    const answer = await send('POST', `${services().uasam.url}/api/agent/v1/${path}/`, headers, body);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body.response;
  };
  return {
    /** Gets a path below `/v2/agents`; with the tenant's SDK key unless other headers are given. */
    get: (path: string, headers: Headers = { 'x-api-key': tenant().sdkKey }): Promise<Answer> =>
      send('GET', `${services().brain.url}/v2/agents${path}`, headers),

    /** Makes an agent with a key of its own. */
    newAgent: (agent_ref: string, who: Pick<Tenant, 'userToken' | 'projectId'> = tenant()) =>
      uasam('create', admin(who), {
        agent_name: 'Scout',
        agent_provider: 'acme',
        agent_description: 'finds',
        agent_ref,
      }),

    /** Makes a session; `body` is JSON, or its text. */
    newSession: (body: unknown, agentKey = tenant().agentKey) =>
      uasam('session/create', { 'X-OTAS-AGENT-KEY': agentKey }, body),
  };
}
