import { startService } from '@otas/stack';
import { send } from './support/http';
import { accessOf, outcomeOf, untilRefused } from './support/revoked';
import { type Services, startServices } from './support/services';
import { makeTenant } from './support/tenant';
import { startUasamProxy, type UasamProxy } from './support/uasam-proxy';

let proxy: UasamProxy;
let services: Services;
beforeAll(async () => {
  proxy = await startUasamProxy();
  services = await startServices({ UASAM_URL: proxy.url, LOG_LEVEL: 'silent' });
  proxy.target = services.uasam.url;
});
beforeEach(() => {
  proxy.isCut = () => false;
});
afterAll(async () => {
  await services.stop();
  await proxy.stop();
});

const newAccess = async () => {
  const tenant = await makeTenant(services);
  return { tenant, ...accessOf(() => services, tenant) };
};
const slowestMs = 10_000;

test('UASAM cut off: who is known goes on writing, nobody else is let in; then all that was revoked meanwhile is refused', async () => {
  const [known, ended, revoked, unknown] = [
    await newAccess(),
    await newAccess(),
    await newAccess(),
    await newAccess(),
  ];
  for (const { agentLog, sdkLog, record, read } of [known, ended, revoked]) {
    const answers = await Promise.all([agentLog, sdkLog, record, read].map((ask) => ask()));
    expect(answers.map(outcomeOf)).toEqual(Array(4).fill('allowed'));
  }
  proxy.isCut = () => true;
  await ended.change('/api/agent/v1/session/end/', {}, ended.tenant.agent);
  await revoked.change('/api/agent/v1/agents/key/revoke/', { agent_key_id: revoked.tenant.agentKeyId });
  for (const ask of [unknown.agentLog, unknown.sdkLog, unknown.read]) {
    expect(outcomeOf(await ask())).toBe('503 auth_service_error');
  }
  expect(outcomeOf(await unknown.record())).toBe('503 service_unavailable');
  const end = await untilRefused(known.read);
  expect(end.outcome).toBe('503 auth_service_error');
  expect(end.ms).toBeLessThan(slowestMs + 500);
  for (const { agentLog, sdkLog, record } of [known, ended, revoked]) {
    const answers = await Promise.all([agentLog, sdkLog, record].map((ask) => ask()));
    expect(answers.map(outcomeOf)).toEqual(Array(3).fill('allowed'));
  }

  proxy.isCut = () => false;
  const ends = await Promise.all(
    [ended.agentLog, ended.sdkLog, ended.record, revoked.agentLog, revoked.record].map(untilRefused),
  );
  expect(ends.map(({ outcome }) => outcome)).toEqual([
    '401 invalid_or_expired_token',
    '401 invalid_or_expired_token',
    '401 unauthorized',
    '401 invalid_or_expired_agent_key',
    '401 unauthorized',
  ]);
  expect(Math.max(...ends.map(({ ms }) => ms))).toBeLessThan(slowestMs);
  for (const ask of [known.agentLog, known.sdkLog, known.record, known.read, unknown.agentLog]) {
    expect(outcomeOf(await ask())).toBe('allowed');
  }
});

test('the revocations cut off, and nothing else: what is revoked is refused within ten seconds all the same', async () => {
  const { tenant, agentLog, read, change } = await newAccess();
  expect([await agentLog(), await read()].map(outcomeOf)).toEqual(['allowed', 'allowed']);
  proxy.isCut = (path) => path.startsWith('/internal/v1/revocations');
  await change('/api/agent/v1/session/end/', {}, tenant.agent);
  const end = await untilRefused(agentLog);
  expect(end.outcome).toBe('401 invalid_or_expired_token');
  expect(end.ms).toBeLessThan(slowestMs);
  const other = await newAccess();
  expect([await other.agentLog(), await other.read()].map(outcomeOf)).toEqual(['allowed', 'allowed']);
});

test('a Brain whose service token UASAM does not know lets nobody in, says so once, and is ready', async () => {
  const { tenant } = await newAccess();
  const wrongToken = 'w'.repeat(40);
  let log = '';
  const brain = await startService({
    name: 'brain',
    host: '127.0.0.1',
    env: {
      ...services.env,
      EVENT_LOG_DIR: `${services.env.EVENT_LOG_DIR}/another`,
      UASAM_SERVICE_TOKEN: wrongToken,
      REVOCATION_POLL_MS: '100',
      LOG_LEVEL: 'error',
    },
    onLog: (chunk) => (log += chunk),
  });
  try {
    const { agentLog, sdkLog, read, record } = accessOf(() => ({ ...services, brain }), tenant);
    for (const ask of [agentLog, sdkLog, read]) {
      expect(outcomeOf(await ask())).toBe('503 auth_service_error');
    }
    expect(outcomeOf(await record())).toBe('503 service_unavailable');
    expect((await send('GET', `${brain.url}/readyz`)).status).toBe(200);
  } finally {
    await brain.stop();
  }
  const lines = log.split('\n').filter((line) => line.includes('UASAM does not accept UASAM_SERVICE_TOKEN'));
  expect(lines).toHaveLength(1);
  expect(log).not.toContain(wrongToken);
});
