import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let tenant: Tenant;
beforeAll(async () => {
  services = await startServices();
  tenant = await makeTenant(services);
});
afterAll(() => services.stop());

/** Numbers that look random and are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomFrom(20_261_122);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const values: unknown[] = [
  ...[
    null,
    true,
    0,
    -1,
    1e308,
    1.5,
    '',
    ' ',
    'text',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    "'; DROP TABLE users; --",
  ],
  ...[
    '{{7*7}}',
    '%00',
    '2026-02-30',
    '9'.repeat(400),
    'x'.repeat(5000),
    [],
    {},
    [[]],
    { $ne: null },
    ['a', 1],
  ],
  ...[
    { __proto__: { admin: true } },
    { constructor: { prototype: {} } },
    '00000000-0000-0000-0000-000000000000',
  ],
];
const bodies: (() => string)[] = [
  () => JSON.stringify(pick(values)),
  () => '{"a":',
  () => `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  () => '{"a":NaN}',
  () => '{"a":1e999,"meta":{"n":123456789012345678901234567890}}',
  () => '\ufeff{}',
];

const fields = [
  ...[
    'first_name',
    'middle_name',
    'last_name',
    'email',
    'password',
    'Password',
    'project_name',
    'project_description',
  ],
  ...[
    'project_domain',
    'validity',
    'name',
    'sdk_key_id',
    'agent_name',
    'agent_provider',
    'agent_description',
  ],
  ...[
    'agent_id',
    'agent_key_id',
    'meta',
    'project_id',
    'path',
    'method',
    'status_code',
    'latency_ms',
    'event_id',
  ],
  ...[
    'event_time',
    'request_headers',
    'response_body',
    'metadata',
    'custom_properties',
    'error',
    '__proto__',
  ],
];
const objectBody = () => {
  const body: Record<string, unknown> = random() < 0.5 ? { ...minimalEvent(tenant) } : {};
  for (let count = Math.floor(random() * 5); count >= 0; count--) body[pick(fields)] = pick(values);
  return JSON.stringify(body);
};

const uasamPaths = [
  ...[
    'user/v1/create',
    'user/v1/login',
    'user/v1/authenticate',
    'user/v1/edit',
    'project/v1/create',
    'project/v1/list',
  ],
  ...['project/v1/authenticate', 'user-project/v1/authenticate', 'project/v1/sdk/backend/key/create'],
  ...[
    'project/v1/sdk/backend/key/list',
    'project/v1/sdk/backend/key/revoke',
    'project/v1/sdk/backend/key/authenticate',
  ],
  ...[
    'agent/v1/create',
    'agent/v1/list',
    'agent/v1/agents/key/revoke',
    'agent/v1/auth/verify',
    'agent/v1/sessions/list',
  ],
  ...['agent/v1/user/authenticate', 'agent/v1/session/create'],
  ...['project/v1/update', 'project/v1/audit', 'project/v1/audit/verify', 'agent/v1/update'],
  ...['members/list', 'members/invite', 'members/accept', 'members/privilege', 'members/remove'].map(
    (path) => `project/v1/${path}`,
  ),
];
const brainPaths = [
  ...['v1/backend/log/agent', 'v1/backend/log/sdk', 'v1/agent/session/events', 'v1/agent/path-timeseries'],
  ...['v1/agent/latency-percentiles', 'v1/agent/error-count'],
];
const queries = [
  '',
  '?',
  '?session_id=%00',
  '?limit=1e9',
  '?agent_id=%ff',
  '?start_date=x&end_date[]=y',
  '?%',
  `?${'a=1&'.repeat(500)}`,
];

function hostileHeaders(): Record<string, string> {
  const good: Record<string, string> = { ...tenant.reader, ...tenant.agent, ...tenant.backEnd };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(good)) {
    const kind = random();
    if (kind < 0.75) headers[name] = value;
    else if (kind < 0.85)
      headers[name] = pick(['', 'x', 'a'.repeat(4000), 'agent__', 'otas_a_', '..', 'é', "' OR 1=1"]);
  }
  return headers;
}

test('3,000 random and hostile requests: every answer is JSON, none is a 5xx, and the services work afterwards', async () => {
  const seen = new Map<string, number>();
  const worker = async (): Promise<void> => {
    for (let count = 0; count < 375; count++) {
      const isUasam = random() < 0.6;
      const base = isUasam ? services.uasam.url : services.brain.url;
      const path = `${pick(['/', '//'])}api/${pick(isUasam ? uasamPaths : brainPaths)}${pick(['/', ''])}${pick(queries)}`;
      const method = pick(['POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE']);
      const body = method === 'GET' ? undefined : random() < 0.7 ? objectBody() : pick(bodies)();
      const answer = await send(method, `${base}${path}`, hostileHeaders(), body);
      if (answer.status >= 500)
        throw new Error(`${answer.status} ${method} ${path} ${answer.text} ${body?.slice(0, 500)}`);
      expect(answer.headers.get('Content-Type')).toBe('application/json');
      expect([0, 1]).toContain(answer.body.status);
      const key = `${answer.status}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  // Otherwise the requests would only have tested the first check of each route.
  expect([...seen.keys()]).toEqual(expect.arrayContaining(['200', '201', '400', '401', '403', '404', '405']));
  const fresh = await makeTenant(services);
  const url = `${services.brain.url}/api/v1/backend/log/agent/`;
  expect((await send('POST', url, fresh.agent, minimalEvent(fresh))).status).toBe(201);
  expect(await readSession(services, fresh)).toHaveLength(1);
});
