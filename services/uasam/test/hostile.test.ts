import { connect } from 'node:net';
import { startTestService, type TestService } from './support/service';
import { createAgent, createTenant, paths, type Tenant } from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService({ REQUEST_MAX_BYTES: '4096' });
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const getPaths: readonly string[] = [
  paths.projects,
  paths.members,
  paths.sdkKeys,
  paths.agents,
  paths.agentKeys,
  paths.manifest,
  paths.sessions,
];
const puts: readonly string[] = [paths.edit, paths.password, paths.updateProject, paths.updateAgent];
const postPaths = Object.values(paths).filter((path) => !getPaths.includes(path));
const request = (path: string) =>
  getPaths.includes(path.replace(/^\/+/, '/').replace(/\/?$/, '/'))
    ? service.http.get(path)
    : service.http.post(path);

/** None for the route that ends the token with which the others are sent. */
const headersFor = (path: string): Record<string, string> =>
  path === paths.logOutEverywhere ? {} : tenant.headers;

/** Sends bytes as they are, and gives what comes back until the connection ends. */
function sendRaw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => socket.write(bytes));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

test('every route answers the same without its trailing slash and with a doubled leading one', async () => {
  for (const path of Object.values(paths)) {
    const headers = headersFor(path);
    const first = await request(path).set(headers);
    expect(first.body.status_description).not.toBe('not_found');
    for (const variant of [path.slice(0, -1), `/${path}`]) {
      const answer = await request(variant).set(headers);
      expect(answer.status).toBe(first.status);
      expect(answer.body.status_description).toBe(first.body.status_description);
    }
  }
});

test('an unknown path is 404, a wrong method 405 with `Allow`, always as JSON', async () => {
  for (const path of ['/', '/api/', '/api/user/v1/', '/api/user/v1/create/x', '/%', '/API/user/v1/create/']) {
    const answer = await service.http.post(path).send('{}');
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ status: 0, status_description: 'not_found' });
  }
  for (const path of postPaths) {
    const answer = await service.http.delete(path);
    expect(answer.status).toBe(405);
    expect(answer.body.status_description).toBe('method_not_allowed');
    expect(answer.headers.allow).toBe(puts.includes(path) ? 'PUT, POST, OPTIONS' : 'POST, OPTIONS');
  }
  for (const path of getPaths) {
    expect((await service.http.post(path)).headers.allow).toBe('GET, OPTIONS');
  }
  const user = await service.http.get(paths.signUp);
  expect(user.body).toEqual({ status: 0, status_description: 'method_not_allowed', response_body: null });
  const mapping = await service.http.get(paths.mapping);
  expect(mapping.body).toEqual({ status: 0, status_description: 'method_not_allowed', Response: null });
});

test('an oversized body is 413, and the answer names the limit', async () => {
  const agent = await createAgent(service, tenant);
  const body = JSON.stringify({ meta: 'x'.repeat(5000), email: 'x' });
  for (const path of [
    paths.createSession,
    paths.signUp,
    paths.login,
    paths.createProject,
    paths.createAgent,
  ]) {
    const answer = await service.http
      .post(path)
      .set({ ...tenant.headers, 'X-OTAS-AGENT-KEY': agent.key })
      .type('application/json')
      .send(body);
    expect(answer.status).toBe(413);
    expect(answer.body).toMatchObject({
      status: 0,
      status_description: 'payload_too_large',
      limit_bytes: 4096,
    });
  }
});

const bodies: [string, string | Buffer][] = [
  ['broken JSON', '{"a":'],
  ['null', 'null'],
  ['an array', '[{}]'],
  ['a text', '"{}"'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":-Infinity}'],
  ['deep nesting', `${'['.repeat(2000)}${']'.repeat(2000)}`],
  ['deep nesting in a field', `{"a":${'['.repeat(500)}${']'.repeat(500)}}`],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ['two documents', '{}{}'],
  ['a single quote', "{'a':1}"],
];
const readers: [string, number, string][] = [
  [paths.signUp, 400, 'invalid_json'],
  [paths.login, 401, 'login_failed'],
  [paths.edit, 400, 'invalid_json'],
  [paths.password, 400, 'invalid_json'],
  [paths.createProject, 400, 'invalid_json'],
  [paths.createSdkKey, 400, 'sdk_key_creation_failed'],
  [paths.rotateSdkKey, 400, 'invalid_json'],
  [paths.revokeSdkKey, 400, 'invalid_json'],
  [paths.createAgent, 400, 'agent_creation_failed'],
  [paths.createAgentKey, 400, 'invalid_json'],
  [paths.addAgentKey, 400, 'invalid_json'],
  [paths.rotateAgentKey, 400, 'invalid_json'],
  [paths.revokeAgentKey, 400, 'invalid_json'],
  [paths.createSession, 400, 'invalid_json'],
];

test.each(readers)(
  '%s refuses every body that is no JSON object with %i %s',
  async (path, status, description) => {
    const agent = await createAgent(service, tenant);
    for (const [, body] of bodies) {
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { ...tenant.headers, 'X-OTAS-AGENT-KEY': agent.key, 'Content-Type': 'text/plain' },
        body: body as never,
      });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.json()).toMatchObject({ status: 0, status_description: description });
    }
  },
);

test('routes without a body do not look at one', async () => {
  const agent = await createAgent(service, tenant);
  for (const path of [paths.user, paths.mapping, paths.agentKey, paths.agent]) {
    const headers = { ...tenant.headers, 'X-OTAS-AGENT-KEY': agent.key, 'X-OTAS-AGENT-ID': agent.id };
    const answer = await service.http.post(path).set(headers).send('{"broken');
    expect(answer.status).toBe(200);
  }
});

const strangeValues: unknown[] = [
  ...[
    null,
    0,
    -1,
    1.5,
    1e308,
    true,
    '',
    ' ',
    '\u0000',
    '\ud800',
    'x'.repeat(3000),
    "'; DROP TABLE users; --",
  ],
  ...[[], {}, [[]], { $gt: '' }, { toString: 'x' }, '../../etc/passwd', '\u202e', '%00', '{{7*7}}'],
];
const fields = [
  ...['first_name', 'last_name', 'middle_name', 'email', 'password', 'Password', 'project_name'],
  ...['project_description', 'project_domain', 'validity', 'name', 'sdk_key_id', 'agent_name'],
  ...['agent_provider', 'agent_description', 'agent_id', 'agent_key_id', 'meta'],
  ...['scopes', 'expires_in_seconds'],
];

test('no value of any field makes an answer of 500, or one that shows how the service is made', async () => {
  for (const [path] of readers) {
    for (const value of strangeValues) {
      // A tenant of its own for each: some of the texts are as good a password or name as any.
      const own = path === paths.password ? await createTenant(service) : tenant;
      const agent = await createAgent(service, own);
      const body = JSON.stringify(Object.fromEntries(fields.map((field) => [field, value])));
      const response = await fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { ...own.headers, 'X-OTAS-AGENT-KEY': agent.key },
        body,
      });
      const text = await response.text();
      expect([path, value, response.status < 500]).toEqual([path, value, true]);
      expect(text).not.toMatch(/prisma|postgres|select|insert|node_modules|\.ts:|\.js:| at /i);
    }
  }
});

test('no value of any header makes an answer of 500', async () => {
  const values = [
    'x',
    ' ',
    "' OR 1=1 --",
    '%00',
    '\u00ff\u00fe',
    'null',
    'undefined',
    'x'.repeat(8000),
    '{}',
  ];
  const names = ['User-Token', 'Project-ID', 'Agent-ID', 'Agent-Key', 'SDK-Key'];
  for (const path of Object.values(paths)) {
    for (const value of values) {
      const headers = Object.fromEntries(names.map((name) => [`X-OTAS-${name}`, value]));
      const one = await request(path).set(headers);
      expect(one.status).toBeGreaterThanOrEqual(400);
      expect(one.status).toBeLessThan(500);
      const valid = { ...headersFor(path), 'X-OTAS-Agent-ID': value, 'X-OTAS-Agent-Key': value };
      expect((await request(path).set(valid)).status).toBeLessThan(500);
    }
  }
});

test('malformed UUIDs are answered like unknown ones', async () => {
  const malformed = [
    'x',
    '00000000-0000-0000-0000-00000000000',
    '00000000-0000-0000-0000-0000000000000',
    '00000000-0000-0000-0000-00000000000g',
    '{00000000-0000-0000-0000-000000000000}',
    'urn:uuid:00000000-0000-0000-0000-000000000000',
    '0000000000-00-0000-0000-000000000000',
    '٠0000000-0000-0000-0000-000000000000',
  ];
  for (const id of malformed) {
    const encoded = encodeURIComponent(id);
    const sessions = await service.http.get(`${paths.sessions}?agent_id=${encoded}`).set(tenant.headers);
    expect(sessions.status).toBe(403);
    const revoked = await service.http.post(paths.revokeSdkKey).set(tenant.headers).send({ sdk_key_id: id });
    expect(revoked.status).toBe(404);
    const key = await service.http.post(paths.createAgentKey).set(tenant.headers).send({ agent_id: id });
    expect(key.status).toBe(404);
  }
});

test('a path of 100 kB, broken HTTP and CONNECT are refused with JSON', async () => {
  for (const [bytes, status] of [
    [`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
    ['NONSENSE\r\n\r\n', 400],
    ['CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 405],
  ] as const) {
    const answer = await sendRaw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ status: 0 });
  }
});

test('a browser of any origin may call every route with every header of ours', async () => {
  const answer = await service.http
    .options(paths.edit)
    .set('Origin', 'https://dashboard.example')
    .set('Access-Control-Request-Method', 'PUT')
    .set('Access-Control-Request-Headers', 'content-type,x-otas-user-token,x-otas-project-id');
  expect(answer.status).toBe(204);
  expect(answer.headers['access-control-allow-origin']).toBe('*');
  expect(answer.headers['access-control-allow-methods']).toBe('GET,POST,PUT,DELETE,OPTIONS');
  expect(answer.headers['access-control-allow-headers']).toContain('x-otas-user-token');
  expect(answer.headers['access-control-max-age']).toBe('86400');
  expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
});

test('the request id of the caller comes back, also with an error', async () => {
  const answer = await service.http.post(paths.user).set('X-Request-Id', 'abc-123');
  expect(answer.headers['x-request-id']).toBe('abc-123');
});
