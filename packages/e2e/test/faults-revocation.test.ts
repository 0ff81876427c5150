import { scale, testTimeoutMs } from './faults/scale';
import type { Answer } from './support/http';
import { accessOf, outcomeOf, untilRefused } from './support/revoked';
import { type Services, startServices } from './support/services';
import { makeTenant } from './support/tenant';

jest.setTimeout(testTimeoutMs);

/** What stops being let in, each with how it is refused, and what still is. */
interface Revocation {
  readonly stops: readonly (readonly [ask: () => Promise<Answer>, refusal: string])[];
  readonly goesOn: readonly (() => Promise<Answer>)[];
  revoke(): Promise<unknown>;
}

let services: Services;
beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const newAccess = async () => {
  const tenant = await makeTenant(services);
  return { tenant, ...accessOf(() => services, tenant) };
};

async function agentKey(): Promise<Revocation> {
  const { tenant, agentLog, sdkLog, record, list, change } = await newAccess();
  return {
    stops: [
      [agentLog, '401 invalid_or_expired_agent_key'],
      [record, '401 unauthorized'],
      [() => list(tenant.agentKey), '401 unauthorized'],
    ],
    goesOn: [sdkLog],
    revoke: () => change('/api/agent/v1/agents/key/revoke/', { agent_key_id: tenant.agentKeyId }),
  };
}

async function sdkKey(): Promise<Revocation> {
  const { tenant, agentLog, sdkLog, list, change } = await newAccess();
  return {
    stops: [
      [sdkLog, '401 invalid_sdk_key'],
      [() => list(tenant.sdkKey), '401 unauthorized'],
    ],
    goesOn: [agentLog],
    revoke: () => change('/api/project/v1/sdk/backend/key/revoke/', { sdk_key_id: tenant.sdkKeyId }),
  };
}

async function session(end: 'end' | 'revoke' | 'revoke all of the key'): Promise<Revocation> {
  const { tenant, agentLog, sdkLog, record, read, list, change } = await newAccess();
  return {
    stops: [
      [agentLog, '401 invalid_or_expired_token'],
      [sdkLog, '401 invalid_or_expired_token'],
      [record, '401 unauthorized'],
    ],
    goesOn: [read, () => list(tenant.agentKey)],
    revoke: () => {
      if (end === 'end') return change('/api/agent/v1/session/end/', {}, tenant.agent);
      const one = { session_id: tenant.sessionId };
      return change(
        '/api/agent/v1/session/revoke/',
        end === 'revoke' ? one : { agent_key_id: tenant.agentKeyId },
      );
    },
  };
}

async function member(): Promise<Revocation> {
  const { tenant, read, list, change } = await newAccess();
  const { userToken } = await makeTenant(services);
  const theirs = { 'X-OTAS-USER-TOKEN': userToken };
  const me = await change('/api/user/v1/authenticate/', {}, theirs);
  const { id, email } = me.response_body.user;
  const invited = await change('/api/project/v1/members/invite/', { email });
  await change('/api/project/v1/members/accept/', { token: invited.response_body.token }, theirs);
  return {
    stops: [
      [() => read({ ...tenant.reader, ...theirs }), '403 user_project_mapping_invalid'],
      [() => list(userToken), '403 forbidden'],
    ],
    goesOn: [read, () => list(tenant.userToken)],
    revoke: () => change('/api/project/v1/members/remove/', { user_id: id }),
  };
}

async function agent(): Promise<Revocation> {
  const { tenant, agentLog, sdkLog, record, read, list, change } = await newAccess();
  return {
    stops: [
      [agentLog, '401 invalid_or_expired_agent_key'],
      [sdkLog, '401 invalid_or_expired_token'],
      [record, '401 unauthorized'],
      [read, '404 agent_not_found'],
      [() => list(tenant.sdkKey), '404 agent_not_found'],
    ],
    goesOn: [],
    revoke: () => change('/api/agent/v1/deactivate/', { agent_id: tenant.agentId }),
  };
}

async function project(): Promise<Revocation> {
  const { tenant, agentLog, sdkLog, record, read, list, change } = await newAccess();
  return {
    stops: [
      [agentLog, '401 invalid_or_expired_agent_key'],
      [sdkLog, '401 invalid_sdk_key'],
      [record, '401 unauthorized'],
      [read, '403 user_project_mapping_invalid'],
      [() => list(tenant.sdkKey), '401 unauthorized'],
    ],
    goesOn: [],
    revoke: () => change('/api/project/v1/deactivate/', {}),
  };
}

test.each<[string, () => Promise<Revocation>]>([
  ['an agent key that is revoked', agentKey],
  ['an SDK key that is revoked', sdkKey],
  ['a session that is ended', () => session('end')],
  ['a session that is revoked', () => session('revoke')],
  ['a key whose sessions are revoked', () => session('revoke all of the key')],
  ['a member who is removed', member],
  ['an agent that is deactivated', agent],
  ['a project that is deactivated', project],
])('%s is refused within ten seconds, wherever it was let in', async (name, prepare) => {
  const took: number[] = [];
  for (let round = 0; round < scale.revocations; round++) {
    const { stops, goesOn, revoke } = await prepare();
    const asks = [...stops.map(([ask]) => ask), ...goesOn];
    expect((await Promise.all(asks.map((ask) => ask()))).map(outcomeOf)).toEqual(asks.map(() => 'allowed'));
    await revoke();
    const ends = await Promise.all(stops.map(([ask]) => untilRefused(ask)));
    expect(ends.map(({ outcome }) => outcome)).toEqual(stops.map(([, refusal]) => refusal));
    expect((await Promise.all(goesOn.map((ask) => ask()))).map(outcomeOf)).toEqual(
      goesOn.map(() => 'allowed'),
    );
    took.push(...ends.map(({ ms }) => ms));
  }
  if (scale.revocations > 1) report(name, took);
  expect(Math.max(...took)).toBeLessThan(10_000);
});

/** Tells how long refusals took, beside the results of the tests. */
function report(name: string, took: readonly number[]): void {
  const sorted = [...took].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  const figures = `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`;
  process.stderr.write(`${name}: ${sorted.length} refusals, ${figures}\n`);
}
