import { type AccessWorld, accessClient } from './access';
import { internalPaths, serviceHeaders } from './internal';
import type { TestService } from './service';
import { addMember } from './tenant';

/** A credential as a question holds it. */
export interface Credential {
  readonly kind: string;
  readonly value: string;
}

export interface AuthorizeWorld extends AccessWorld {
  readonly agentKey: Credential;
  readonly sdkKey: Credential;
  readonly admin: Credential;
  readonly member: Credential;
}

export const user = (token: string): Credential => ({ kind: 'user_token', value: token });

/** What the tests of authorization ask the service, which starts after they are declared. */
export function authorizeClient(service: () => TestService) {
  const send = (body: unknown) =>
    service()
      .http.post(internalPaths.authorize)
      .set(serviceHeaders)
      .send(body as object);

  const ask = async (credential: Credential, action: string, more: object = {}) => {
    const { status, body } = await send({ credential, action, ...more });
    expect([status, body.status]).toEqual([200, 1]);
    expect(body.status_description).toBe(body.response.allowed ? 'authorized' : 'refused');
    return body.response;
  };

  return {
    send,
    ask,

    /** `allowed`, or the reason of the refusal. */
    outcome: async (credential: Credential, action: string, more: object = {}): Promise<string> => {
      const response = await ask(credential, action, more);
      return response.allowed ? 'allowed' : response.reason;
    },

    createAuthorizeWorld: async (): Promise<AuthorizeWorld> => {
      const world = await accessClient(service).createWorld();
      return {
        ...world,
        agentKey: { kind: 'agent_key', value: world.agent.key },
        sdkKey: { kind: 'sdk_key', value: world.credentials.sdk['X-OTAS-SDK-KEY'] ?? '' },
        admin: user(world.tenant.admin.token),
        member: user((await addMember(service(), world.tenant)).token),
      };
    },

    /** Gives the keys of the world's agent and project these scopes. */
    setScopes: async ({ agent, tenant }: AuthorizeWorld, scopes: string[]): Promise<void> => {
      const { prisma } = service().deps.database;
      await prisma.agentKey.updateMany({ where: { agentId: agent.id }, data: { scopes } });
      await prisma.sdkKey.updateMany({ where: { projectId: tenant.projectId }, data: { scopes } });
    },
  };
}
