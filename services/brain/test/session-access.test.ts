import http from 'node:http';
import { json } from 'node:stream/consumers';
import {
  authentication,
  createApp,
  createHttpServer,
  createLogger,
  endpoint,
  listen,
  PlainAnswer,
  stopListening,
} from '@otas/http-kit';
import { KeySet, SessionTokens, secretKeys } from '@otas/session-token';
import { UasamClient } from '@otas/uasam-client';
import { errorBody } from '../src/v2/error-form';
import { parsePage } from '../src/v2/page';
import { authorizeAgent, authorizePerson } from '../src/v2/session-access';

const sessionId = '01a20138-9cc4-77a1-9b2d-111f3fbc3b34';
const sessionTokens = new SessionTokens(
  new KeySet(secretKeys(['a secret of at least thirty-two characters'])),
  'otas',
);
const tokenOf = (id: string) =>
  sessionTokens.sign({ sessionId: id, agentId: 'a', projectId: 'p' }, Math.floor(Date.now() / 1000));

/** What UASAM, whose true answers are tested end to end, says next; null: it is away. */
let answer: { status: number; body: object } | null;
let asked: Record<string, unknown>[];
const time = '2026-04-16T14:30:00.000000+00:00';
const agent = { id: 'a', agent_ref: 'agt_a', project_id: 'p', name: 'n', description: '', is_active: true };
const allow = () => {
  const response = {
    allowed: true,
    principal: { kind: 'sdk_key', id: 'k' },
    project: { id: 'p', name: 'n' },
    agent: { ...agent, created_at: time, updated_at: time },
    session: { id: sessionId, session_ref: 'ase_s', agent_key_id: 'k2', created_at: time },
    expires_at: null,
  };
  answer = { status: 200, body: { response } };
};
const refuse = (reason: string) => {
  answer = { status: 200, body: { response: { allowed: false, reason } } };
};

let uasamServer: http.Server;
let brainServer: http.Server;
let uasam: UasamClient;
let url: string;
let nowMs = 0;
beforeAll(async () => {
  uasamServer = http.createServer((req, res) => {
    const { status, body } = answer ?? {};
    if (status === undefined) return void req.socket.destroy();
    void json(req).then((question) => {
      asked.push(question as Record<string, unknown>);
      res.writeHead(status).end(JSON.stringify(body));
    });
  });
  const port = await listen(uasamServer, '127.0.0.1', 0);
  const uasamUrl = `http://127.0.0.1:${port}`;
  uasam = new UasamClient({
    url: uasamUrl,
    internalUrl: uasamUrl,
    serviceToken: 'x'.repeat(32),
    timeoutMs: 1000,
    revocationPollMs: 1000,
    log: createLogger('test', 'silent'),
    nowMs: () => nowMs,
  });
  const path = '/v2/agents/{agent_key}/sessions/{session_key}/events';
  const reader = authentication('v2 reader', (context) =>
    authorizePerson(uasam, context, 'read', () => parsePage(context.query())),
  );
  const editor = authentication('v2 editor', (context) =>
    authorizePerson(uasam, context, 'edit', () => null),
  );
  const agentItself = authentication('v2 agent', (context) =>
    authorizeAgent({ uasam, sessionTokens }, context),
  );
  const app = createApp({
    endpoints: [
      endpoint({
        methods: ['GET'],
        path,
        authenticate: reader,
        status: 200,
        handle: ({ principal: found }) => new PlainAnswer(200, found),
      }),
      endpoint({
        methods: ['DELETE'],
        path,
        authenticate: editor,
        status: 204,
        handle: () => new PlainAnswer(204, null),
      }),
      endpoint({
        methods: ['POST'],
        path,
        authenticate: agentItself,
        body: (raw) => raw.json(),
        status: 201,
        handle: ({ principal: access }) => new PlainAnswer(201, access),
      }),
    ],
    logger: createLogger('test', 'silent'),
    bodyMaxBytes: 1000,
    corsOrigins: ['*'],
    errorBody,
  });
  brainServer = createHttpServer(app, { headersMaxBytes: 16_384, requestTimeoutMs: 5000, errorBody });
  url = `http://127.0.0.1:${await listen(brainServer, '127.0.0.1', 0)}/v2/agents`;
});
beforeEach(() => {
  // What an earlier test was answered is too old to be remembered.
  nowMs += 3_600_000;
  asked = [];
  allow();
});
afterAll(async () => {
  uasam.close();
  await stopListening(brainServer, 100);
  await stopListening(uasamServer, 100);
});

const reader = { 'x-api-key': 'otas_abc_def' };
const writer = { 'X-OTAS-AGENT-KEY': 'agent_abc_def', 'X-OTAS-AGENT-SESSION-TOKEN': tokenOf(sessionId) };

async function send(
  method: string,
  headers: Record<string, string>,
  path = '/agt_a/sessions/ase_s/events',
  body?: string,
): Promise<{ outcome: string; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const parsed = text === '' ? {} : JSON.parse(text);
  return { outcome: `${response.status} ${parsed.code ?? ''}`.trim(), body: parsed };
}

test('a reader gets the session and the page, with one question to UASAM', async () => {
  const { body } = await send('GET', reader, '/agt_a/sessions/ase_s/events/?limit=3&page_key=x');
  expect(body).toEqual({
    access: {
      projectId: 'p',
      agentId: 'a',
      agentKey: 'agt_a',
      sessionId,
      sessionKey: 'ase_s',
    },
    asked: { limit: 3, pageKey: 'x' },
  });
  await send('GET', reader);
  expect(asked).toEqual([
    {
      credential: { kind: 'sdk_key', value: 'otas_abc_def' },
      action: 'read',
      agent: 'agt_a',
      session: 'ase_s',
    },
  ]);
});

test('a bad credential is told before a bad path or query, and those before what is not there', async () => {
  const bad = [
    '/x/sessions/ase_s/events',
    '/agt_a/sessions/x/events',
    '/agt_a/sessions/ase_s/events?limit=0',
  ];
  for (const path of bad) {
    allow();
    expect((await send('GET', reader, path)).outcome).toBe('400 invalid_request');
    nowMs += 3_600_000;
    refuse('invalid_sdk_key');
    expect((await send('GET', reader, path)).outcome).toBe('401 unauthorized');
    expect((await send('GET', {}, path)).outcome).toBe('401 unauthorized');
    nowMs += 3_600_000;
  }
});

test.each([
  ['invalid_agent_key', '401 unauthorized', undefined],
  ['agent_not_found', '404 agent_not_found', 'agt_a'],
  ['forbidden', '403 forbidden', undefined],
  ['session_not_found', '404 session_not_found', 'ase_s'],
  ['insufficient_scope', '403 forbidden', undefined],
  ['something else', '503 service_unavailable', undefined],
])(
  "UASAM's %s is %s, for readers, for who changes the record, and for the agent",
  async (reason, outcome, id) => {
    refuse(reason);
    for (const [method, headers] of [
      ['GET', reader],
      ['DELETE', reader],
      ['POST', writer],
    ] as const) {
      const { body, ...seen } = await send(method, headers, undefined, method === 'POST' ? '{' : undefined);
      expect([seen.outcome, body.id]).toEqual([outcome, id]);
    }
    expect(asked.map(({ action }) => action)).toEqual(['read', 'edit', 'capture']);
  },
);

describe('the agent itself', () => {
  test('writes with its key and the token of the session, also for a while without UASAM', async () => {
    expect((await send('POST', writer, undefined, '{}')).outcome).toBe('201');
    answer = null;
    nowMs += 599_000;
    expect((await send('POST', writer, undefined, '{}')).body).toMatchObject({ sessionId, projectId: 'p' });
    nowMs += 2_000;
    expect((await send('POST', writer, undefined, '{}')).outcome).toBe('503 service_unavailable');
  });

  test('is unauthorized without either, and with a token that is none', async () => {
    for (const headers of [
      {},
      { 'X-OTAS-AGENT-KEY': writer['X-OTAS-AGENT-KEY'] },
      { 'X-OTAS-AGENT-SESSION-TOKEN': writer['X-OTAS-AGENT-SESSION-TOKEN'] },
      { ...writer, 'X-OTAS-AGENT-SESSION-TOKEN': 'x' },
      { ...writer, 'X-OTAS-AGENT-KEY': 'otas_abc_def' },
      reader,
    ] as Record<string, string>[]) {
      expect((await send('POST', headers, '/x/sessions/x/events', '{')).outcome).toBe('401 unauthorized');
    }
  });

  test('is unauthorized once the session has ended', async () => {
    expect((await send('POST', writer, undefined, '{}')).outcome).toBe('201');
    nowMs += 10_000;
    refuse('session_ended');
    expect((await send('POST', writer, undefined, '{}')).outcome).toBe('401 unauthorized');
  });

  test('is forbidden with the token of another session, before its body is looked at', async () => {
    const token = tokenOf('01a20138-9cc4-77a1-9b2d-000000000000');
    const headers = { ...writer, 'X-OTAS-AGENT-SESSION-TOKEN': token };
    expect((await send('POST', headers, undefined, '{')).outcome).toBe('403 forbidden');
    const { outcome, body } = await send('POST', writer, undefined, '{');
    expect([outcome, body.field_errors]).toEqual(['400 invalid_request', { body: 'is not a JSON object' }]);
  });
});
