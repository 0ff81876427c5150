import { randomUUID } from 'node:crypto';
import { readJwt } from './support/jwt';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  deactivateAgent,
  memberHeaders,
  paths,
  type Tenant,
  type TestAgent,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let agent: TestAgent;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  agent = await createAgent(service, tenant);
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const create = (body: string | object, key = agent.key) =>
  service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key).type('application/json').send(body);
const list = (query: Record<string, unknown> = {}, headers = tenant.headers) =>
  service.http
    .get(paths.sessions)
    .set(headers)
    .query({ agent_id: agent.id, ...query });

/** Inserts `count` sessions a millisecond apart, oldest first. */
async function insertSessions(count: number, meta = '{}'): Promise<void> {
  await service.deps.database.prisma.$executeRaw`
    INSERT INTO agent_sessions (id, agent_id, agent_key_id, created_at, meta, meta_bytes)
    SELECT gen_random_uuid(), ${agent.id}::uuid, ${agent.keyId}::uuid,
           '2026-05-01T00:00:00Z'::timestamptz + n * interval '1 millisecond', ${meta}::json, octet_length(${meta})
      FROM generate_series(1, ${count}::int) AS n`;
}

describe('creating a session', () => {
  test('answers with a token of exactly 30 days that names session, agent and project', async () => {
    service.clock.now = new Date();
    const answer = await create({ meta: { task: 'summarize' } });
    expect(answer.status).toBe(200);
    const { response } = answer.body;
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'agent_session_created',
      response: {
        Header_value: 'X-OTAS-AGENT-SESSION-TOKEN',
        jwt_token: expect.any(String),
        agent_session_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/),
        expires_at: expect.stringMatching(/\.000000\+00:00$/),
        session_ref: `ase_${response.agent_session_id}`,
      },
    });
    const iat = Math.floor(service.clock.now.getTime() / 1000);
    expect(readJwt(response.jwt_token)).toEqual({
      agent_session_id: response.agent_session_id,
      agent_id: agent.id,
      project_id: tenant.projectId,
      iat,
      exp: iat + 30 * 24 * 60 * 60,
    });
    expect(Date.parse(response.expires_at)).toBe((iat + 30 * 24 * 60 * 60) * 1000);
    const { sessions } = (await list()).body.response;
    expect(sessions).toEqual([
      {
        id: response.agent_session_id,
        agent_key_id: agent.keyId,
        created_at: service.clock.now.toISOString().replace('Z', '000+00:00'),
        session_ref: `ase_${response.agent_session_id}`,
        meta: { task: 'summarize' },
        status: 'active',
        ended_at: null,
        expires_at: response.expires_at,
      },
    ]);
  });

  test.each<[string, string]>([
    ['', '{}'],
    ['{}', '{}'],
    ['{"meta":null}', '{}'],
    ['{"meta":{}}', '{}'],
    ['{"meta":"text"}', '"text"'],
    ['{"meta":0}', '0'],
    ['{"meta":false}', 'false'],
    ['{"meta":[1,[2,null]]}', '[1,[2,null]]'],
    ['{"meta":{"b":1,"a":{"c":"ü😀"}}}', '{"b":1,"a":{"c":"ü😀"}}'],
    ['{"meta":{"__proto__":1,"constructor":2}}', '{"__proto__":1,"constructor":2}'],
    ['{"meta":"\\\\u0000 is not a null"}', '"\\\\u0000 is not a null"'],
    ['\ufeff{"meta":1}', '1'],
  ])('takes the body %j', async (body, meta) => {
    expect((await create(body)).status).toBe(200);
    expect((await list()).text).toContain(`"meta":${meta},"status":`);
  });

  test.each(['123456789012345678901234567890', '1.00000000000000000001', '1e400', '-1E-400', '1e400000'])(
    'keeps every digit of the number %s',
    async (number) => {
      expect((await create(`{"meta":{"n":[${number}]}}`)).status).toBe(200);
      expect((await list()).text).toContain(`"meta":{"n":[${number}]}`);
    },
  );

  test('keeps a meta whose keys look like the insides of our own objects', async () => {
    const meta = '{"__proto__":12345678901234567890,"toJSON":1,"isLosslessNumber":true,"value":"0} x"}';
    expect((await create(`{"meta":${meta}}`)).status).toBe(200);
    expect((await list()).text).toContain(`"meta":${meta}`);
  });

  test.each([
    '{"meta":"\\u0000"}',
    '{"meta":{"a":["x\\u0000y"]}}',
    '{"meta":{"a\\u0000b":1}}',
    '{"meta":"\\ud800"}',
    '{"meta":[{"\\udc00":1}]}',
    '{"meta":[12345678901234567890,"\\ud83d"]}',
  ])('refuses %s, which Postgres cannot hold', async (body) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 0,
      status_description: 'invalid_request',
      errors: [{ field: 'meta', message: expect.any(String) }],
    });
    expect((await list()).body.response.sessions).toEqual([]);
  });

  test.each([
    '{',
    '[]',
    'null',
    '1',
    '{"meta":NaN}',
    '{"meta":Infinity}',
    `${'{"meta":'.repeat(200)}1${'}'.repeat(200)}`,
  ])('refuses the body %s', async (body) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body.status_description).toBe('invalid_json');
  });

  test('needs a key with the scope capture', async () => {
    const { prisma } = service.deps.database;
    await prisma.agentKey.updateMany({ where: { id: agent.keyId }, data: { scopes: ['read'] } });
    const answer = await create('{');
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({ status: 0, status_description: 'insufficient_scope' });
  });

  test('looks at the key before the body', async () => {
    const answer = await create('{', 'agent_abcdefghijkl_x');
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({ status: 0, status_description: 'invalid_agent_key' });
    const missing = await service.http.post(paths.createSession).send('{}');
    expect(missing.body).toEqual({ status: 0, status_description: 'invalid_agent_key' });
  });
});

describe('the list of sessions', () => {
  const walk = async (limit: number): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { response } = (await list({ limit, ...(cursor && { cursor }) })).body;
      pages.push(response.sessions.map((session: { id: string }) => session.id));
      cursor = response.next_cursor;
    } while (cursor !== undefined);
    return pages;
  };

  test('is newest first, and pages through sessions of one moment without a gap or a repetition', async () => {
    service.clock.now = new Date();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.unshift((await create('')).body.response.agent_session_id);
    const all = (await list()).body.response;
    expect(all.sessions.map((session: { id: string }) => session.id)).toEqual(ids);
    expect(all).not.toHaveProperty('next_cursor');
    expect(await walk(3)).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
    expect(await walk(7)).toEqual([ids]);
  });

  test('holds every session up to 10,000, and then says where it goes on', async () => {
    await insertSessions(10_001);
    const { response } = (await list()).body;
    expect(response.sessions).toHaveLength(10_000);
    expect(response.sessions[0].created_at).toBe('2026-05-01T00:00:10.001000+00:00');
    const rest = (await list({ cursor: response.next_cursor })).body.response;
    expect(rest.sessions).toHaveLength(1);
    expect(rest).not.toHaveProperty('next_cursor');
  });

  test('ends a page early rather than hold too much at once', async () => {
    await insertSessions(20, JSON.stringify('x'.repeat(1024 * 1024)));
    const pages = await walk(500);
    expect(pages.map((page) => page.length)).toEqual([16, 4]);
    expect(new Set(pages.flat()).size).toBe(20);
  });

  test('reads one page from the index, however many sessions there are', async () => {
    await insertSessions(5000);
    await service.deps.database.prisma.$executeRaw`ANALYZE agent_sessions`;
    const plan = await service.deps.database.prisma.$queryRaw<Record<string, string>[]>`
      EXPLAIN SELECT id FROM agent_sessions
       WHERE agent_id = ${agent.id}::uuid AND (created_at, id) < (now(), ${randomUUID()}::uuid)
       ORDER BY created_at DESC, id DESC LIMIT 51`;
    const text = plan.map((row) => Object.values(row)[0]).join('\n');
    expect(text).toMatch(/Index (Only )?Scan using agent_sessions_agent_id_created_at_id_idx/);
    expect(text).not.toMatch(/Seq Scan|Sort/);
  });

  test.each([
    ['0', 1],
    ['-5', 1],
    ['2', 2],
    ['+2', 2],
    ['501', 3],
    ['99999999999999999999999999', 3],
  ])('clamps the limit %s', async (limit, count) => {
    for (let n = 0; n < 3; n++) await create('');
    expect((await list({ limit })).body.response.sessions).toHaveLength(count);
  });

  test.each(['', 'x', '1.5', '1e2', '0x10', 'NaN', '1,2', '٣'])('refuses the limit %j', async (limit) => {
    const answer = await list({ limit });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'limit must be an integer' });
  });

  test("refuses a cursor that is not its own, and another agent's", async () => {
    for (let n = 0; n < 2; n++) await create('');
    const cursor: string = (await list({ limit: 1 })).body.response.next_cursor;
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    const forged = Buffer.from(cursor, 'base64url');
    forged[3] = (forged[3] ?? 0) ^ 1;
    const wrong = ['', 'x', `${cursor}=`, `${cursor}A`, cursor.slice(0, -4), forged.toString('base64url')];
    for (const one of wrong) {
      const answer = await list({ cursor: one });
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ status: 0, status_description: 'invalid_cursor' });
    }
    const other = await createAgent(service, tenant);
    expect((await list({ agent_id: other.id, cursor })).status).toBe(400);
    expect((await list({ cursor })).body.response.sessions).toHaveLength(1);
  });

  test('is shown for an active agent of the project alone', async () => {
    const inactive = await createAgent(service, tenant);
    await deactivateAgent(service, inactive.id);
    const other = await createAgent(service, await createTenant(service));
    for (const agent_id of [randomUUID(), 'x', 'a\u0000', other.id, inactive.id]) {
      const answer = await list({ agent_id });
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({ status: 0, status_description: 'agent_not_found_or_no_access' });
    }
    for (const query of ['', '?agent_id=', '?agent_id=%20']) {
      const answer = await service.http.get(`${paths.sessions}${query}`).set(tenant.headers);
      expect(answer.status).toBe(400);
      expect(answer.body).toEqual({ status: 0, status_description: 'agent_id_required' });
    }
    const upperCase = agent.id.toUpperCase().replaceAll('-', '');
    expect((await list({ agent_id: upperCase })).body.response.agent_id).toBe(agent.id);
    const member = memberHeaders(await addMember(service, tenant), tenant.projectId);
    expect((await list({}, member)).status).toBe(200);
    expect((await list({}, {})).body).toEqual({ status: 0, status_description: 'missing_headers' });
  });
});
