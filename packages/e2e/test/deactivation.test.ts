import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const agentLog = '/api/v1/backend/log/agent/';
const sdkLog = '/api/v1/backend/log/sdk/';
const write = (tenant: Tenant, path: string): Promise<Answer> => {
  const headers = path === sdkLog ? tenant.backEnd : tenant.agent;
  return send('POST', `${services.brain.url}${path}`, headers, minimalEvent(tenant));
};
const read = (headers: Record<string, string>, tenant: Tenant): Promise<Answer> =>
  send('GET', `${services.brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}`, headers);
const change = async (path: string, headers: Record<string, string>, body: object): Promise<Answer> => {
  const answer = await send('POST', `${services.uasam.url}${path}`, headers, body);
  expect(answer.status).toBeLessThan(300);
  return answer;
};

/** Asks all the time, until it is refused: how long that took in milliseconds, and with what it was refused. */
async function untilRefused(ask: () => Promise<Answer>): Promise<{ ms: number; refusal: string }> {
  const startedAt = performance.now();
  for (;;) {
    const { status, body } = await ask();
    const ms = performance.now() - startedAt;
    if (status >= 300) return { ms, refusal: `${status} ${body.status_description}` };
    if (ms > 15_000) return { ms, refusal: 'none' };
    await sleep(100);
  }
}

const slowestMs = 10_500;

test("a deactivated agent's sessions stop writing within ten seconds, with either key, and go on once it is active", async () => {
  const tenant = await makeTenant(services);
  for (const path of [agentLog, sdkLog]) expect((await write(tenant, path)).status).toBe(201);
  await change('/api/agent/v1/deactivate/', tenant.reader, { agent_id: tenant.agentId });
  const ends = await Promise.all([agentLog, sdkLog].map((path) => untilRefused(() => write(tenant, path))));
  expect(ends.map((end) => end.refusal)).toEqual([
    '401 invalid_or_expired_agent_key',
    '401 invalid_or_expired_token',
  ]);
  expect(Math.max(...ends.map((end) => end.ms))).toBeLessThan(slowestMs);
  await change('/api/agent/v1/reactivate/', tenant.reader, { agent_id: tenant.agentId });
  for (const path of [agentLog, sdkLog]) expect((await write(tenant, path)).status).toBe(201);
});

test("a deactivated project's sessions stop writing within ten seconds, and its members reading", async () => {
  const tenant = await makeTenant(services);
  for (const path of [agentLog, sdkLog]) expect((await write(tenant, path)).status).toBe(201);
  expect((await read(tenant.reader, tenant)).status).toBe(200);
  await change('/api/project/v1/deactivate/', tenant.reader, {});
  const asks = [
    () => write(tenant, agentLog),
    () => write(tenant, sdkLog),
    () => read(tenant.reader, tenant),
  ];
  const ends = await Promise.all(asks.map(untilRefused));
  expect(ends.map((end) => end.refusal)).toEqual([
    '401 invalid_or_expired_agent_key',
    '401 invalid_sdk_key',
    '403 user_project_mapping_invalid',
  ]);
  expect(Math.max(...ends.map((end) => end.ms))).toBeLessThan(slowestMs);
});

test('a member who was removed stops reading within ten seconds', async () => {
  const [tenant, other] = [await makeTenant(services), await makeTenant(services)];
  const whoever = { 'X-OTAS-USER-TOKEN': other.userToken };
  const me = await change('/api/user/v1/authenticate/', whoever, {});
  const { id, email } = me.body.response_body.user;
  const invited = await change('/api/project/v1/members/invite/', tenant.reader, { email });
  const { token } = invited.body.response_body;
  await change('/api/project/v1/members/accept/', whoever, { token });
  const theirs = { ...tenant.reader, ...whoever };
  expect((await read(theirs, tenant)).status).toBe(200);
  await change('/api/project/v1/members/remove/', tenant.reader, { user_id: id });
  const end = await untilRefused(() => read(theirs, tenant));
  expect(end.refusal).toBe('403 user_project_mapping_invalid');
  expect(end.ms).toBeLessThan(slowestMs);
});
