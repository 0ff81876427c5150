import { send } from '../http';
import { claimsOf, forgeKeys, forgeTokens } from './forge';
import { type Headers, type Person, post } from './people';
import { addAgentKey, addSdkKey, headersOf, type Place, type World } from './world';

/** One of the callers in docs/access.md, or one of the ways in which it is forged. */
export interface Caller {
  readonly name: string;
  /** Which forgery it is; null: none. */
  readonly forgery: string | null;
  /** What it asks for. */
  readonly place: Place;
  /** Who logs in anew when its token has ended; null: nobody does. */
  readonly person: Person | null;
  /** All that it has. */
  headers(): Headers;
}

const ids = ({ projectId, agentId }: Place): Headers => ({
  'X-OTAS-PROJECT-ID': projectId,
  'X-OTAS-AGENT-ID': agentId,
});
const userHeaders = (token: string, place: Place): Headers => ({
  'X-OTAS-USER-TOKEN': token,
  'x-api-key': token,
  ...ids(place),
});
const keyHeaders = (kind: 'AGENT' | 'SDK', key: string, token: string | null, place: Place): Headers => ({
  [`X-OTAS-${kind}-KEY`]: key,
  'x-api-key': key,
  ...(token === null ? {} : { 'X-OTAS-AGENT-SESSION-TOKEN': token }),
  ...ids(place),
});
const forgeriesOf = (named: Readonly<Record<string, string>>) => Object.entries(named);

/** Every kind of caller, each at least once. */
export async function makeCallers(world: World): Promise<Caller[]> {
  const tokens = await forgedTokens(world);
  return [
    ...peopleOf(world, tokens.user),
    ...(await agentsOf(world, tokens.session)),
    ...(await backEndsOf(world, tokens.session)),
    ...servicesOf(world),
  ];
}

type Make = (name: string, headers: () => Headers, more?: Partial<Caller>) => Caller;
const makerFor =
  ({ place }: World): Make =>
  (name, headers, more = {}) => ({ name, headers, forgery: null, place, person: null, ...more });

function peopleOf(world: World, forged: Readonly<Record<string, string>>): Caller[] {
  const { place, people, otherTenant, inactiveTenant } = world;
  const make = makerFor(world);
  const user = (name: string, person: Person, at = place): Caller =>
    make(name, () => userHeaders(person.token, at), { person, place: at });
  const creatorOf = ({ userId: id, email, userToken: token }: typeof otherTenant) => ({ id, email, token });
  const { token: endedToken } = people.loggedOut;
  return [
    make('nobody', () => ids(place)),
    user('admin', people.admin),
    user('member', people.member),
    user('former member', people.formerMember),
    user('stranger', people.stranger),
    user('admin of another project', creatorOf(otherTenant)),
    user('admin of an inactive project', creatorOf(inactiveTenant), inactivePlace(world)),
    make('logged-out admin', () => userHeaders(endedToken, place)),
    ...forgeriesOf(forged).map(([forgery, token]) =>
      make('forged user token', () => userHeaders(token, place), { forgery }),
    ),
  ];
}

const inactivePlace = ({ inactiveTenant, place: { events } }: World): Place => ({
  ...inactiveTenant,
  events,
});

async function agentsOf(world: World, forged: Readonly<Record<string, string>>): Promise<Caller[]> {
  const { services, tenant, owner, place, ended, revoked, inactiveAgent, otherTenant, inactiveTenant } =
    world;
  const make = makerFor(world);
  const agent = (name: string, key: string, token: string | null, more: Partial<Caller> = {}): Caller =>
    make(name, () => keyHeaders('AGENT', key, token, more.place ?? place), more);
  const [own, token] = [tenant.agentKey, tenant.sessionToken];
  const [dead, old] = [await addAgentKey(world), await addAgentKey(world)];
  const keys = '/api/agent/v1/agents/key';
  await post(services, `${keys}/revoke/`, owner, { agent_key_id: dead.id });
  await post(services, `${keys}/rotate/`, owner, { agent_key_id: old.id, expires_in_seconds: 0 });
  const forgedKeys = forgeKeys(own, world.otherAgent.key);
  return [
    agent('agent', own, token),
    agent('agent that may only read', (await addAgentKey(world, { scopes: ['read'] })).key, token),
    agent('agent that may only capture', (await addAgentKey(world, { scopes: ['capture'] })).key, token),
    agent('agent without session token', own, null),
    agent('agent in another session of its own', own, world.another.token),
    agent('agent in an ended session', own, ended.token, { place: ended.place }),
    agent('agent in a revoked session', own, revoked.token, { place: revoked.place }),
    ...forgeriesOf(forged).map(([forgery, forgedToken]) =>
      agent('agent with a forged session token', own, forgedToken, { forgery }),
    ),
    agent('another agent of the project', world.otherAgent.key, token),
    agent('agent of another project', otherTenant.agentKey, token),
    agent('inactive agent', inactiveAgent.key, inactiveAgent.token, { place: inactiveAgent.place }),
    agent('agent of an inactive project', inactiveTenant.agentKey, inactiveTenant.sessionToken, {
      place: inactivePlace(world),
    }),
    agent('revoked agent key', dead.key, token),
    agent('expired agent key', old.key, token),
    ...forgeriesOf(forgedKeys).map(([forgery, key]) => agent('forged agent key', key, token, { forgery })),
  ];
}

async function backEndsOf(world: World, forged: Readonly<Record<string, string>>): Promise<Caller[]> {
  const { services, tenant, owner, place, ended, revoked, otherTenant, inactiveTenant } = world;
  const make = makerFor(world);
  const backEnd = (name: string, key: string, token: string | null, more: Partial<Caller> = {}): Caller =>
    make(name, () => keyHeaders('SDK', key, token, more.place ?? place), more);
  const [own, token] = [tenant.sdkKey, tenant.sessionToken];
  const [dead, old, other] = [await addSdkKey(world), await addSdkKey(world), await addSdkKey(world)];
  const keys = '/api/project/v1/sdk/backend/key';
  await post(services, `${keys}/revoke/`, owner, { sdk_key_id: dead.id });
  await post(services, `${keys}/rotate/`, owner, { sdk_key_id: old.id, expires_in_seconds: 0 });
  const forgedKeys = forgeKeys(own, other.key);
  return [
    backEnd('back end', own, token),
    backEnd('back end that may only read', (await addSdkKey(world, { scopes: ['read'] })).key, token),
    backEnd('back end that may only capture', (await addSdkKey(world, { scopes: ['capture'] })).key, token),
    backEnd('back end without session token', own, null),
    backEnd('back end in an ended session', own, ended.token, { place: ended.place }),
    backEnd('back end in a revoked session', own, revoked.token, { place: revoked.place }),
    ...forgeriesOf(forged).map(([forgery, forgedToken]) =>
      backEnd('back end with a forged session token', own, forgedToken, { forgery }),
    ),
    backEnd('back end of another project', otherTenant.sdkKey, token),
    backEnd('back end of an inactive project', inactiveTenant.sdkKey, inactiveTenant.sessionToken, {
      place: inactivePlace(world),
    }),
    backEnd('revoked SDK key', dead.key, token),
    backEnd('expired SDK key', old.key, token),
    ...forgeriesOf(forgedKeys).map(([forgery, key]) => backEnd('forged SDK key', key, token, { forgery })),
  ];
}

function servicesOf(world: World): Caller[] {
  const make = makerFor(world);
  const token = world.services.secrets.UASAM_SERVICE_TOKEN;
  const headers = (sent: string) => (): Headers => ({ 'X-OTAS-SERVICE-TOKEN': sent, ...ids(world.place) });
  return [
    make('service', headers(token)),
    make('forged service token', headers('A'.repeat(token.length)), { forgery: 'another token' }),
    make('forged service token', headers(token.slice(0, -1)), { forgery: 'its beginning' }),
  ];
}

/** Of the admin, and of the agent's session. */
async function forgedTokens({ services, tenant, people, otherAgent, otherTenant }: World) {
  const { secrets, uasam } = services;
  const [publicKey] = (await send('GET', `${uasam.url}/.well-known/jwks.json`)).body.keys;
  const [user, session] = [people.admin.token, tenant.sessionToken];
  const { user_id: otherUser } = claimsOf(headersOf(tenant)['X-OTAS-USER-TOKEN'] ?? '');
  return {
    user: forgeTokens({
      ...{ token: user, tokenOfOtherKind: session, publicKey },
      ...{ secret: secrets.USER_TOKEN_SECRETS, secretOfOtherKind: secrets.SESSION_TOKEN_SECRETS },
      otherClaims: { user_id: otherUser },
    }),
    session: forgeTokens({
      ...{ token: session, tokenOfOtherKind: user, publicKey },
      ...{ secret: secrets.SESSION_TOKEN_SECRETS, secretOfOtherKind: secrets.USER_TOKEN_SECRETS },
      otherClaims: { agent_id: otherAgent.id, project_id: otherTenant.projectId },
    }),
  };
}
