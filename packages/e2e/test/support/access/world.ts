import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { send } from '../http';
import { untilRefused } from '../revoked';
import { type Services, startServices } from '../services';
import { makeTenant, type Tenant } from '../tenant';
import { eventsPath } from './foreign';
import { addMember, type Headers, type Person, post, signUp } from './people';

/** What a caller asks for. */
export interface Place {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
  /** Keys of agent events in the session. */
  readonly events: string[];
}

/** A key, the token of a session, and what they are about. */
export interface AgentRun {
  readonly key: string;
  readonly token: string;
  readonly place: Place;
}

/** A project and everybody who has, had, or never had to do with it. `owner` is in no caller, and makes what they need. */
export interface World {
  readonly services: Services;
  readonly tenant: Tenant;
  readonly owner: Headers;
  /** The same in another project of his, of which no caller is a member at first. */
  readonly side: Headers;
  readonly place: Place;
  /** Another session of the agent, which goes on. */
  readonly another: AgentRun;
  readonly ended: AgentRun;
  readonly revoked: AgentRun;
  /** Another agent of the project. */
  readonly otherAgent: { readonly id: string; readonly key: string };
  readonly inactiveAgent: AgentRun;
  readonly otherTenant: Tenant;
  readonly inactiveTenant: Tenant;
  readonly people: Readonly<Record<'admin' | 'member' | 'formerMember' | 'stranger' | 'loggedOut', Person>>;
  stop(): Promise<void>;
}

const eventsOfSession = 100;
/** On a slow machine an answer is late, and not another one. */
const patience = { UASAM_TIMEOUT_MS: '20000', CAPTURE_VISIBLE_WAIT_MS: '20000' };
const sessions = '/api/agent/v1/session';

export const headersOf = ({ userToken, projectId }: Pick<Tenant, 'userToken' | 'projectId'>): Headers => ({
  'X-OTAS-USER-TOKEN': userToken,
  'X-OTAS-PROJECT-ID': projectId,
});

/** Starts both services, with EC keys beside the secrets, and makes everything. */
export async function makeWorld(): Promise<World> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-access-'));
  const file = path.join(dir, 'keys.pem');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const services = await startServices({
    TOKEN_SIGNING_KEYS_FILE: file,
    SESSION_TOKEN_JWKS: '1',
    ...patience,
  });
  const stop = async (): Promise<void> => {
    await services.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    return { services, stop, ...(await fill(services)) };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fill(services: Services): Promise<Omit<World, 'services' | 'stop'>> {
  const [tenant, otherTenant, inactiveTenant] = [
    await makeTenant(services),
    await makeTenant(services),
    await makeTenant(services),
  ];
  const owner = headersOf(tenant);
  const made = await post(services, '/api/project/v1/create/', owner, { project_name: 'side' });
  const side = { ...owner, 'X-OTAS-PROJECT-ID': made.response_body.project.id };
  const place = await recordEvents(services, tenant);
  const run = { key: tenant.agentKey, agentId: tenant.agentId, projectId: tenant.projectId };
  const another = await beginRun(services, run);
  const [ended, revoked] = [await beginRun(services, run), await beginRun(services, run)];
  await post(services, `${sessions}/end/`, owner, { session_id: ended.place.sessionId });
  await post(services, `${sessions}/revoke/`, owner, { session_id: revoked.place.sessionId });
  const inactive = await makeAgent(services, owner);
  const inactiveRun = { key: inactive.key, agentId: inactive.id, projectId: tenant.projectId };
  const inactiveAgent = await beginRun(services, inactiveRun);
  await post(services, '/api/agent/v1/deactivate/', owner, { agent_id: inactive.id });
  await post(services, '/api/project/v1/deactivate/', headersOf(inactiveTenant), {});
  await Promise.all([ended, revoked, inactiveAgent].map((one) => untilEnded(services, one)));
  const otherAgent = await makeAgent(services, owner);
  const people = await makePeople(services, owner);
  return {
    ...{
      tenant,
      owner,
      side,
      place,
      another,
      ended,
      revoked,
      otherAgent,
      inactiveAgent,
      otherTenant,
      inactiveTenant,
    },
    people,
  };
}

async function makePeople(services: Services, owner: Headers): Promise<World['people']> {
  const people = {
    admin: await addMember(services, owner, 1),
    member: await addMember(services, owner, 2),
    formerMember: await addMember(services, owner, 1),
    stranger: await signUp(services),
    loggedOut: await addMember(services, owner, 1),
  };
  await post(services, '/api/project/v1/members/remove/', owner, { user_id: people.formerMember.id });
  const { token } = people.loggedOut;
  await post(services, '/api/user/v1/logout-everywhere/', { 'X-OTAS-USER-TOKEN': token }, {});
  return people;
}

/** A new agent of the project of an Admin. */
export async function makeAgent(
  services: Services,
  admin: Headers,
): Promise<{ readonly id: string; readonly key: string }> {
  const fields = { agent_name: 'agent', agent_provider: 'test' };
  const { agent, agent_key: key } = (await post(services, '/api/agent/v1/create/', admin, fields)).response;
  return { id: agent.id, key: key.api_key };
}

async function beginRun(
  services: Services,
  { key, agentId, projectId }: { key: string; agentId: string; projectId: string },
): Promise<AgentRun> {
  const begun = (await post(services, `${sessions}/create/`, { 'X-OTAS-AGENT-KEY': key }, {})).response;
  const { agent_session_id: sessionId, jwt_token: token } = begun;
  const agent = { 'X-OTAS-AGENT-KEY': key, 'X-OTAS-AGENT-SESSION-TOKEN': token };
  return { key, token, place: await recordEvents(services, { projectId, agentId, sessionId, agent }) };
}

/** Brain knows the session from its events, and hears a little later that it is over. */
async function untilEnded({ brain }: Services, { key, token, place }: AgentRun): Promise<void> {
  const headers = { 'X-OTAS-AGENT-KEY': key, 'X-OTAS-AGENT-SESSION-TOKEN': token };
  const url = `${brain.url}${eventsPath(place)}`;
  const { outcome } = await untilRefused(() => send('POST', url, headers, { type: 'thinking' }));
  if (outcome === 'allowed') throw new Error('a session that has ended is still written');
}

async function recordEvents(
  { brain }: Services,
  who: Pick<Tenant, 'projectId' | 'agentId' | 'sessionId' | 'agent'>,
): Promise<Place> {
  const events = Array.from({ length: eventsOfSession }, () => `aev_${randomUUID()}`);
  const url = `${brain.url}${eventsPath(who)}`;
  const body = { events: events.map((id) => ({ id, type: 'thinking' })) };
  const answer = await send('POST', url, who.agent, body);
  if (answer.status !== 201) throw new Error(`events were answered ${answer.status}: ${answer.text}`);
  const { projectId, agentId, sessionId } = who;
  return { projectId, agentId, sessionId, events };
}

/** A new key of the tenant's agent. */
export async function addAgentKey({ services, owner, tenant }: World, more: object = {}) {
  const body = { agent_id: tenant.agentId, ...more };
  const { id, api_key: key } = (await post(services, '/api/agent/v1/agents/key/add/', owner, body)).response
    .agent_key;
  return { id, key } as { readonly id: string; readonly key: string };
}

/** A new SDK key of the tenant's project. */
export async function addSdkKey({ services, owner }: World, more: object = {}) {
  const body = { validity: 1, ...more };
  const { id, api_key: key } = (await post(services, '/api/project/v1/sdk/backend/key/create/', owner, body))
    .response_body;
  return { id, key } as { readonly id: string; readonly key: string };
}
