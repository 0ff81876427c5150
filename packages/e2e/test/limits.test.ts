import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServiceProcess, startService } from '@otas/stack';
import { StreamClient } from './support/event-stream';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';
import { expectV2Error, sessionPath } from './support/v2';

let services: Services;
let tenant: Tenant;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

/** Another Brain of the same services, with these limits. */
async function withBrain(
  limits: Record<string, string>,
  use: (brain: ServiceProcess) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-log-'));
  const env = { ...services.env, EVENT_LOG_DIR: dir, ...limits };
  const brain = await startService({ name: 'brain', host: '127.0.0.1', env });
  try {
    await use(brain);
  } finally {
    await brain.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const capturePath = '/api/v1/backend/log/agent/';
const capture = ({ url }: ServiceProcess, who: Tenant, headers = who.agent): Promise<Answer> =>
  send('POST', url + capturePath, headers, minimalEvent(who));
const limitOf = ({ headers }: { headers: Headers }) =>
  ['Limit', 'Remaining', 'Reset'].map((name) => Number(headers.get(`RateLimit-${name}`)));

test('a key that sends too much is refused until the window ends, and what was taken is there once', async () => {
  await withBrain({ REQUESTS_PER_CREDENTIAL_PER_MINUTE: '3' }, async (brain) => {
    for (const remaining of [2, 1, 0]) {
      const answer = await capture(brain, tenant);
      expect(answer.status).toBe(201);
      const [max, left, reset] = limitOf(answer);
      expect([max, left]).toEqual([3, remaining]);
      expect(reset).toBeGreaterThan(0);
      expect(reset).toBeLessThanOrEqual(60);
    }
    for (const wanted of [capturePath, `${capturePath}batch/`]) {
      const refused = await send('POST', brain.url + wanted, tenant.agent, minimalEvent(tenant));
      expect([refused.status, refused.body]).toEqual([
        429,
        { status: 0, status_description: 'rate_limit_exceeded' },
      ]);
      expect(refused.headers.get('Retry-After')).toBe(refused.headers.get('RateLimit-Reset'));
      expect(refused.headers.get('Access-Control-Expose-Headers')).toContain('RateLimit-Limit');
    }
    expect(await readSession({ brain }, tenant)).toHaveLength(3);
    const other = await makeTenant(services);
    expect((await capture(brain, other)).status).toBe(201);
    for (const health of ['/healthz', '/readyz']) {
      const answer = await send('GET', brain.url + health, tenant.agent);
      expect([answer.status, answer.headers.get('RateLimit-Limit')]).toEqual([200, null]);
    }
  });
});

test('a key that is not valid is counted as well, before anybody is asked about it', async () => {
  await withBrain({ REQUESTS_PER_CREDENTIAL_PER_MINUTE: '2' }, async (brain) => {
    const forged = { ...tenant.agent, 'X-OTAS-AGENT-KEY': 'agent_forged_forged' };
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await capture(brain, tenant, forged)).status);
    expect(statuses).toEqual([401, 401, 429]);
    const v2 = `${brain.url}/v2/agents${sessionPath(tenant)}/events`;
    expectV2Error(await send('GET', v2, { 'x-api-key': 'agent_forged_forged' }), 429, 'rate_limit_exceeded');
  });
});

test('an address is limited over all keys, and behind a proxy it is the one that the proxy names', async () => {
  const limits = { REQUESTS_PER_ADDRESS_PER_MINUTE: '2', TRUST_PROXY: '1' };
  await withBrain(limits, async (brain) => {
    const from = (address: string) => ({ ...tenant.agent, 'X-Forwarded-For': `203.0.113.1, ${address}` });
    const other = await makeTenant(services);
    expect((await capture(brain, tenant, from('198.51.100.1'))).status).toBe(201);
    expect(
      (await capture(brain, other, { ...other.backEnd, 'X-Forwarded-For': '198.51.100.1' })).status,
    ).toBe(401);
    expect((await capture(brain, tenant, from('198.51.100.1'))).status).toBe(429);
    expect((await capture(brain, tenant, from('198.51.100.2'))).status).toBe(201);
  });
});

test('a stream tells its limit too, and the next one past it is refused', async () => {
  await withBrain({ REQUESTS_PER_CREDENTIAL_PER_MINUTE: '1' }, async (brain) => {
    const url = `${brain.url}/api/v1/agent/session/timeline/?follow=true&session_id=${tenant.sessionId}`;
    const stream = await StreamClient.open(url, tenant.reader);
    expect([stream.status, stream.headers['ratelimit-remaining']]).toEqual([200, '0']);
    const refused = await StreamClient.open(url, tenant.reader);
    expect(refused.status).toBe(429);
    stream.close();
  });
});

test('without settings, answers show limits that are far away', async () => {
  const captured = await capture(services.brain, tenant);
  expect(limitOf(captured)[1]).toBeGreaterThan(500_000);
  const asked = await send('GET', `${services.uasam.url}/api/project/v1/list/`, tenant.reader);
  expect(limitOf(asked)[1]).toBeGreaterThan(500_000);
});
