import http from 'node:http';
import { json } from 'node:stream/consumers';
import { createLogger, listen, type RequestContext, stopListening } from '@otas/http-kit';
import { KeySet, SessionTokens } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import { authenticateAgentCapture, authenticateSdkCapture } from '../src/auth/capture-credentials';

const sessionId = '01a20138-9cc4-77a1-9b2d-111f3fbc3b34';
const agentId = '01a20138-9cc4-77a1-9b2d-000000000000';
const keys = new KeySet(['a secret of at least thirty-two characters']);
const sessionTokens = new SessionTokens(keys);
const nowSeconds = () => Math.floor(Date.now() / 1000);
const token = sessionTokens.sign({ sessionId, agentId, projectId: 'p' }, nowSeconds());
const claimsOfOld = { agent_session_id: sessionId, agent_id: agentId, iat: nowSeconds() };

/** What UASAM, whose true answers are tested end to end, says next. */
let answer: object;
let asked: Record<string, unknown>[];
const time = '2026-04-16T14:30:00.000000+00:00';
const agent = {
  id: agentId,
  agent_ref: 'agt_a',
  project_id: 'p',
  name: 'n',
  description: '',
  is_active: true,
};
const allow = (more: object = {}) => {
  answer = {
    allowed: true,
    principal: { kind: 'agent_key', id: 'k' },
    project: { id: 'p', name: 'n' },
    agent: { ...agent, created_at: time, updated_at: time },
    session: { id: sessionId, session_ref: 'ase_s', agent_key_id: 'k', created_at: time },
    expires_at: null,
    ...more,
  };
};
const refuse = (reason: string) => {
  answer = { allowed: false, reason };
};

let server: http.Server;
let uasam: UasamClient;
let nowMs = 0;
beforeAll(async () => {
  server = http.createServer(async (req, res) => {
    asked.push((await json(req)) as Record<string, unknown>);
    res.writeHead(200).end(JSON.stringify({ response: answer }));
  });
  const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
  uasam = new UasamClient({
    url,
    internalUrl: url,
    serviceToken: 'x'.repeat(32),
    timeoutMs: 1000,
    revocationPollMs: 1000,
    log: createLogger('test', 'silent'),
    nowMs: () => nowMs,
  });
});
beforeEach(() => {
  // What an earlier test was answered is too old to be remembered.
  nowMs += 3_600_000;
  asked = [];
  allow();
});
afterAll(async () => {
  uasam.close();
  await stopListening(server, 100);
});

const routes = {
  agent: { authenticate: authenticateAgentCapture, header: 'x-otas-agent-key', key: 'agent_abc_def' },
  sdk: { authenticate: authenticateSdkCapture, header: 'x-otas-sdk-key', key: 'otas_abc_def' },
} as const;
type Route = keyof typeof routes;

/** Not a promise when nobody had to be asked. */
function capture(route: Route, sent: string | null = token, key: string = routes[route].key) {
  const headers: Record<string, string | null> = {
    [routes[route].header]: key,
    'x-otas-agent-session-token': sent,
  };
  const context = { header: (name: string) => headers[name] ?? null } as RequestContext;
  return routes[route].authenticate({ uasam, sessionTokens }, context);
}
const outcome = async (...sent: Parameters<typeof capture>): Promise<string> => {
  try {
    await capture(...sent);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe.each<Route>(['agent', 'sdk'])('log/%s', (route) => {
  test('asks once about a key and a token, and then nobody, without a promise', async () => {
    const grant = { projectId: 'p', agentId, sessionId };
    expect(await capture(route)).toEqual(grant);
    expect(capture(route)).toEqual(grant);
    const kind = `${route}_key`;
    expect(asked).toEqual([
      {
        credential: { kind, value: routes[route].key },
        action: 'capture',
        agent: agentId,
        session: sessionId,
      },
    ]);
  });

  test('tells a bad key before a token that is missing or bad', async () => {
    expect(await outcome(route, null)).toBe('missing_agent_session_token');
    expect(await outcome(route, 'nonsense')).toBe('invalid_or_expired_token');
    expect(await outcome(route, token.slice(0, -2))).toBe('invalid_or_expired_token');
    nowMs += 3_600_000;
    refuse(`invalid_${route}_key`);
    const invalid = route === 'sdk' ? 'invalid_sdk_key' : 'invalid_or_expired_agent_key';
    for (const sent of [null, 'nonsense', token]) expect(await outcome(route, sent)).toBe(invalid);
    expect(await outcome(route, token, 'nonsense')).toBe(invalid);
  });

  test.each([
    ['session_ended', 'invalid_or_expired_token'],
    ['session_not_found', 'invalid_or_expired_token'],
    ['insufficient_scope', 'insufficient_scope'],
    ['agent_not_found', { agent: 'session_agent_mismatch', sdk: 'invalid_or_expired_token' }],
    ['forbidden', { agent: 'session_agent_mismatch', sdk: 'session_project_mismatch' }],
    ['invalid_token', 'auth_service_error'],
  ] as const)("UASAM's %s is %j, also for a pair that was known", async (reason, code) => {
    expect(await outcome(route)).toBe('taken');
    nowMs += 10_000;
    refuse(reason);
    expect(await outcome(route)).toBe(typeof code === 'string' ? code : code[route]);
  });

  test('a token of the original system is taken as long as it is valid itself', async () => {
    const old = keys.sign({ ...claimsOfOld, exp: nowSeconds() + 5 });
    allow({ session: null });
    expect(await outcome(route, old)).toBe('taken');
    expect(await outcome(route, keys.sign({ ...claimsOfOld, exp: nowSeconds() - 1 }))).toBe(
      'invalid_or_expired_token',
    );
    const { length } = asked;
    nowMs += 4_000;
    expect(await outcome(route, old)).toBe('taken');
    expect(asked).toHaveLength(length);
    nowMs += 1_001;
    await outcome(route, old);
    expect(asked).toHaveLength(length + 1);
  });
});

test("a session of another project than the key's is refused, whatever its agent", async () => {
  const sent = sessionTokens.sign({ sessionId, agentId, projectId: 'another' }, nowSeconds());
  expect(await outcome('sdk', sent)).toBe('session_project_mismatch');
});

test('what one route remembers does not let anybody in on the other', async () => {
  expect(await outcome('sdk')).toBe('taken');
  expect(await outcome('agent', token, routes.sdk.key)).toBe('invalid_or_expired_agent_key');
  expect(await outcome('agent')).toBe('taken');
  expect(await outcome('sdk', token, routes.agent.key)).toBe('invalid_sdk_key');
});
