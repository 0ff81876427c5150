import type { OtasError } from '@otas/sdk';
import { agentSessions, call } from './support/agent-sessions';
import { created, refusal, type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';

let brain: ScriptedBrain;
const { begin, codes, endAll } = agentSessions(() => brain);
beforeEach(async () => {
  brain = await startScriptedBrain();
});
afterEach(async () => {
  await endAll();
  await brain.stop();
});

test('a key is sent without the line break that its file ended with', async () => {
  const session = await begin({ agentKey: 'agent_key\n' });
  session.log(call('/a'));
  await session.flush();
  expect(brain.seen[0]?.headers['x-otas-agent-key']).toBe('agent_key');
});

test.each([
  ['no key', { agentKey: '' }, 'no_agent_key'],
  ['a key of two lines', { agentKey: 'agent_a\nb' }, 'invalid_option'],
  ['a domain that is none', { domain: 'a/b' }, 'invalid_option'],
  ['an address that is none', { brainUrl: 'somewhere' }, 'invalid_option'],
  ['a bound that is none', { batchMaxEvents: 0 }, 'invalid_option'],
  ['a time that is none', { startTimeoutMs: 0 }, 'invalid_option'],
  ['a pattern that is none', { redact: { patterns: ['('] } }, 'invalid_option'],
  ['a meta that is no JSON', { meta: 1n }, 'invalid_option'],
])('%s is told by an OtasError before anything is asked', async (_name, options, code) => {
  await expect(begin(options)).rejects.toMatchObject({ name: 'OtasError', code });
});

test('a key that UASAM refuses is told at once, with its code and without the key', async () => {
  brain.answerSessions(() => ({ status: 401, body: refusal('invalid_agent_key') }));
  const error = await begin({ agentKey: 'agent_secret' }).catch((thrown: OtasError) => thrown);
  expect(error).toMatchObject({ name: 'OtasError', code: 'invalid_agent_key' });
  expect((error as OtasError).message).not.toContain('agent_secret');
  await expect(begin({ onFailure: 'retry' })).rejects.toMatchObject({ code: 'invalid_agent_key' });
});

test('a UASAM that is down for a moment only delays the session; one that stays down is told', async () => {
  let asked = 0;
  brain.answerSessions(() => (++asked < 3 ? { status: 503 } : created()));
  expect((await begin()).id).not.toBe('');
  await expect(begin({ uasamUrl: 'http://127.0.0.1:1', startTimeoutMs: 300 })).rejects.toMatchObject({
    code: 'uasam_unreachable',
    message: expect.stringContaining('http://127.0.0.1:1'),
  });
});

test('with onFailure ignore there is a session that records nothing, and says so', async () => {
  const session = await begin({ uasamUrl: 'http://127.0.0.1:1', startTimeoutMs: 300, onFailure: 'ignore' });
  expect([session.id, session.token, await session.ready, codes()]).toEqual([
    '',
    '',
    false,
    ['uasam_unreachable'],
  ]);
  session.log(call('/a'));
  expect(session.tool('double', (n: number) => n * 2)(4)).toBe(8);
  expect(session.stats()).toMatchObject({ recorded: 3, pending: 0, dropped: { unrecorded: 3 } });
  expect(await session.flush()).toBe(true);
});

test('with onFailure retry what happens before there is a session is recorded once there is one', async () => {
  brain.answerSessions(() => ({ status: 503 }));
  const session = await begin({ onFailure: 'retry' });
  session.log(call('/early'));
  expect([session.token, session.stats().pending]).toEqual(['', 1]);
  brain.answerSessions(() => created());
  expect(await session.ready).toBe(true);
  expect(await session.flush()).toBe(true);
  expect([session.token !== '', brain.seen[0]?.events]).toEqual([true, ['/early']]);
});

test('with onFailure retry a refusal that comes later drops what waited, by its code', async () => {
  brain.answerSessions(() => ({ status: 503 }));
  const session = await begin({ onFailure: 'retry' });
  session.log(call('/early'));
  brain.answerSessions(() => ({ status: 401, body: refusal('invalid_agent_key') }));
  expect(await session.ready).toBe(false);
  session.log(call('/late'));
  expect(session.stats()).toMatchObject({ recorded: 2, pending: 0, dropped: { invalid_agent_key: 2 } });
});
