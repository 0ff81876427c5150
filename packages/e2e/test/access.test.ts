import { type Caller, makeCallers } from './support/access/callers';
import { claimsOf, signHs256 } from './support/access/forge';
import { brainRequests, type Parts, type RouteRequest, uasamRequests } from './support/access/requests';
import { type Route, readAccessTable } from './support/access/table';
import { makeWorld, type World } from './support/access/world';
import { type Answer, send } from './support/http';
import { outcomeOf } from './support/revoked';
import { minimalEvent } from './support/tenant';

const table = readAccessTable();
const requests = { uasam: uasamRequests, brain: brainRequests };
const atOnce = 8;

let world: World;
let callers: Caller[];
beforeAll(async () => {
  world = await makeWorld();
  callers = await makeCallers(world);
});
afterAll(() => world.stop());

const routesOf = (service: Route['service']): Route[] =>
  table.routes.filter((route) => route.service === service);
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

test('every route in docs/access.md has a request here, and every caller there is one here', () => {
  for (const service of ['uasam', 'brain'] as const) {
    expect(Object.keys(requests[service]).sort()).toEqual(routesOf(service).map(nameOf).sort());
  }
  expect([...new Set(callers.map(({ name }) => name))].sort()).toEqual([...table.callers].sort());
  for (const { answers } of table.routes)
    expect([...answers.keys()].sort()).toEqual([...table.callers].sort());
});

test('tokens are forged with a hand that can make a good one, each in more than ten ways', async () => {
  const { tenant, people, services } = world;
  const { secrets } = services;
  const user = signHs256(claimsOf(people.admin.token), secrets.USER_TOKEN_SECRETS);
  const session = signHs256(claimsOf(tenant.sessionToken), secrets.SESSION_TOKEN_SECRETS);
  const asked = await send('POST', `${services.uasam.url}/api/user/v1/authenticate/`, {
    'X-OTAS-USER-TOKEN': user,
  });
  const log = `${services.brain.url}/api/v1/backend/log/agent/`;
  const headers = { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': session };
  const written = await send('POST', log, headers, minimalEvent(tenant));
  expect([asked.status, written.status]).toEqual([200, 201]);
  for (const name of ['forged user token', 'agent with a forged session token']) {
    const forged = callers.filter((caller) => caller.name === name);
    expect(new Set(forged.map((caller) => JSON.stringify(caller.headers()))).size).toBeGreaterThan(10);
  }
});

// UASAM's routes end what those of Brain need.
test.each(['brain', 'uasam'] as const)(
  'every route of %s answers every caller as docs/access.md says',
  async (service) => {
    const wrong: string[] = [];
    const routes = new Map(routesOf(service).map((route) => [nameOf(route), route]));
    for (const [name, requestOf] of Object.entries(requests[service])) {
      const route = routes.get(name);
      if (route === undefined) throw new Error(`${name} is not in docs/access.md`);
      wrong.push(...(await walk(route, requestOf(world))));
    }
    expect(wrong).toEqual([]);
  },
  300_000,
);

/**
 * Asks one route as every caller, and gives what was answered in another way than the table says. Those who are let through
 * come last: what they do may change what others are told.
 */
async function walk(route: Route, request: RouteRequest): Promise<string[]> {
  const wrong: string[] = [];
  const askAll = async (some: Caller[]): Promise<void> => {
    const work = async (): Promise<void> => {
      for (let caller = some.shift(); caller !== undefined; caller = some.shift()) {
        const fault = faultOf(route, caller, await ask(route, caller, await request.parts(caller)));
        if (fault !== null) wrong.push(fault);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  };
  const isLetThrough = ({ name }: Caller): boolean => route.answers.get(name)?.startsWith('2xx') ?? false;
  await askAll(callers.filter((caller) => !isLetThrough(caller)));
  await askAll(callers.filter(isLetThrough));
  await request.after?.(callers);
  return wrong;
}

function ask({ service, method, path }: Route, { place, headers }: Caller, parts: Parts): Promise<Answer> {
  const values: Record<string, string> = {
    agent_key: `agt_${place.agentId}`,
    session_key: `ase_${place.sessionId}`,
    ...parts.path,
  };
  const event = (): string => (method === 'DELETE' ? place.events.pop() : place.events[0]) ?? '';
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? event());
  const query = parts.query === undefined ? '' : `?${new URLSearchParams(parts.query)}`;
  return send(
    method,
    `${world.services[service].url}${filled}${query}`,
    { ...headers(), ...parts.headers },
    parts.body,
  );
}

/** Null: the answer is what the table says, and one to somebody else says nothing of the project. */
function faultOf(route: Route, { name, forgery }: Caller, answer: Answer): string | null {
  const where = `${nameOf(route)} as ${name}${forgery === null ? '' : ` (${forgery})`}`;
  const said = route.answers.get(name) ?? 'nothing';
  const outcome = outcomeOf(answer).replace('allowed', '2xx');
  if (outcome !== said.replace(', its own', '')) return `${where}: ${outcome} instead of ${said}`;
  if (!said.endsWith('its own')) return null;
  const { tenant, people } = world;
  const inside = [tenant.agentId, tenant.sessionId, tenant.userId, tenant.agentKeyId, people.member.id];
  const others = name === 'another agent of the project' ? inside : [...inside, tenant.projectId];
  const told = others.filter((id) => answer.text.includes(id));
  return told.length === 0 ? null : `${where}: the answer tells of ${told}`;
}
