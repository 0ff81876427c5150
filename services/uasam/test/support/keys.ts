import type { Headers } from './access';
import type { TestService } from './service';
import { createAgent, createSdkKey, paths, type Tenant } from './tenant';

/** A key with what is asked about it through the routes of its kind. */
export interface TestKey {
  readonly id: string;
  /** The whole key. */
  readonly key: string;
}

/** A kind of key: its routes, and how they call things. */
export interface KeyKind {
  readonly kind: 'agent_key' | 'sdk_key';
  readonly rotate: string;
  readonly idField: string;
  readonly idRequired: string;
  readonly notFound: string;
  readonly verify: string;
  readonly header: string;
  /** HTTP status of a key that is not valid. */
  readonly invalidStatus: number;
  make(service: TestService, tenant: Tenant): Promise<TestKey>;
  revoke(service: TestService, headers: Headers, id: string): Promise<unknown>;
  /** The new key in the answer to a creation or rotation, and the replaced one. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the service sent.
  read(body: any): { key: any; replaced: any };
}

export const agentKeyKind: KeyKind = {
  kind: 'agent_key',
  rotate: paths.rotateAgentKey,
  idField: 'agent_key_id',
  idRequired: 'agent_key_id_required',
  notFound: 'agent_key_not_found',
  verify: paths.agentKey,
  header: 'X-OTAS-AGENT-KEY',
  invalidStatus: 401,
  make: async (service, tenant) => {
    const { keyId: id, key } = await createAgent(service, tenant);
    return { id, key };
  },
  revoke: ({ http }, headers, agent_key_id) =>
    http.post(paths.revokeAgentKey).set(headers).send({ agent_key_id }).expect(200),
  read: ({ response }) => ({ key: response.agent_key, replaced: response.replaced }),
};

export const sdkKeyKind: KeyKind = {
  kind: 'sdk_key',
  rotate: paths.rotateSdkKey,
  idField: 'sdk_key_id',
  idRequired: 'sdk_key_id_required',
  notFound: 'sdk_key_not_found',
  verify: paths.sdkKey,
  header: 'X-OTAS-SDK-KEY',
  invalidStatus: 403,
  make: (service, tenant) => createSdkKey(service, tenant),
  revoke: ({ http }, headers, sdk_key_id) =>
    http.post(paths.revokeSdkKey).set(headers).send({ sdk_key_id }).expect(200),
  read: ({ response_body: { replaced, ...key } }) => ({ key, replaced }),
};
