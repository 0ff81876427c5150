import { createHash, randomUUID } from 'node:crypto';
import { auditPath, countAudit, readAudit } from './support/audit';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  createUser,
  memberHeaders,
  newUserBody,
  paths,
  type Tenant,
  userHeaders,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
});
afterAll(() => service.close());

const noFilter = { action: null, principalId: null, targetId: null, from: null, until: null };
const post = (path: string, body: object, headers = tenant.headers) =>
  service.http.post(path).set(headers).send(body);

test('a row says who did what to what, from where, in which request and when', async () => {
  service.clock.now = new Date('2026-05-01T12:00:00.000Z');
  const answer = await post(paths.createAgent, { agent_name: 'Scout', agent_provider: 'acme' }).set(
    'X-Request-Id',
    'request-7',
  );
  service.clock.now = null;
  const { agent, agent_key: key } = answer.body.response;
  const [newKey, newAgent, project] = await readAudit(service, tenant.headers);
  const shared = {
    created_at: '2026-05-01T12:00:00.000000+00:00',
    principal: { kind: 'user', id: tenant.admin.id },
    address: '127.0.0.1',
    request_id: 'request-7',
    before: null,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  };
  expect(newKey).toEqual({
    ...shared,
    sequence: 3,
    action: 'agent_key.created',
    target: { kind: 'agent_key', id: key.id },
    after: { agent_id: agent.id, prefix: key.prefix, name: '', expires_at: key.expires_at },
    previous_hash: newAgent?.hash,
  });
  expect(newAgent).toEqual({
    ...shared,
    sequence: 2,
    action: 'agent.created',
    target: { kind: 'agent', id: agent.id },
    after: { name: 'Scout', description: '', provider: 'acme', ref: null },
    previous_hash: project?.hash,
  });
  expect(project).toMatchObject({ sequence: 1, action: 'project.created', previous_hash: '0'.repeat(64) });
});

test('the hash of a row can be computed from an answer alone', async () => {
  await createAgent(service, tenant);
  for (const row of await readAudit(service, tenant.headers)) {
    const text = (value: object | null) => (value === null ? null : JSON.stringify(value));
    const canonical = JSON.stringify([
      ...[row.previous_hash, tenant.projectId, String(row.sequence), tenant.projectId, row.created_at],
      ...[row.action, row.principal.kind, row.principal.id, row.address, row.request_id],
      ...[row.target.kind, row.target.id, text(row.before), text(row.after)],
    ]);
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(row.hash);
  }
});

test('no row holds a key, a password, a token or a hash of one', async () => {
  const agent = await createAgent(service, tenant);
  const sdk = await createSdkKey(service, tenant);
  const made = await post(paths.createAgentKey, { agent_id: agent.id });
  await service.http.post(paths.password).set(userHeaders(tenant.admin)).send({ password: 'another horse' });
  const secrets = [agent.key, sdk.key, made.body.response.agent_key.api_key];
  const rows = await service.deps.database.prisma.auditRecord.findMany({
    where: { chainId: { in: [tenant.projectId, tenant.admin.id] } },
  });
  const text = JSON.stringify(rows.map(({ before, after }) => [before, after]));
  expect(rows.length).toBeGreaterThanOrEqual(8);
  for (const secret of secrets) expect(text).not.toContain(secret.split('_')[2]);
  for (const word of ['correct horse', 'another horse', 'argon2', tenant.admin.token, 'hash']) {
    expect(text).not.toContain(word);
  }
});

test('what belongs to no project has a chain of its user, with the sign-up first', async () => {
  const body = newUserBody();
  const answer = await service.http.post(paths.signUp).send(body).expect(200);
  const { user, jwt_token: token } = answer.body.response_body;
  const profile = { first_name: 'Augusta', last_name: 'King', middle_name: 'Ada' };
  await service.http.post(paths.edit).set('X-OTAS-USER-TOKEN', token).send(profile).expect(200);
  await service.http
    .post(paths.password)
    .set('X-OTAS-USER-TOKEN', token)
    .send({ password: 'x'.repeat(9) });
  const rows = await service.deps.audit.listChain(user.id, 0, 10);
  const was = { first_name: 'Ada', middle_name: '', last_name: 'Lovelace' };
  const now = { first_name: 'Augusta', middle_name: 'Ada', last_name: 'King' };
  const seen = rows.map((row) => [row.action, row.principalKind, row.principalId, row.before, row.after]);
  expect(seen).toEqual([
    ['user.created', 'anybody', null, null, JSON.stringify({ ...was, email: body.email })],
    ['user.profile_updated', 'user', user.id, JSON.stringify(was), JSON.stringify(now)],
    ['user.password_changed', 'user', user.id, null, null],
  ]);
  expect(rows.every((row) => row.projectId === null && row.targetId === user.id)).toBe(true);
});

test('the address is the one that a trusted proxy saw, an IPv6 one as a whole', async () => {
  const behind = await startTestService({ TRUST_PROXY: '1' });
  try {
    for (const address of ['2001:db8::1:2', '203.0.113.9']) {
      const request = behind.http.post(paths.createSdkKey).set(tenant.headers);
      await request.set('X-Forwarded-For', `1.1.1.1, ${address}`).send({ validity: 1 }).expect(201);
      expect((await readAudit(behind, tenant.headers))[0]?.address).toBe(address);
    }
  } finally {
    await behind.close();
  }
});

test('what changes nothing leaves no row', async () => {
  const agent = await createAgent(service, tenant);
  const sdk = await createSdkKey(service, tenant);
  await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }).expect(200);
  await post(paths.revokeSdkKey, { sdk_key_id: sdk.id }).expect(200);
  const before = await countAudit(service);
  await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }).expect(200);
  await post(paths.revokeSdkKey, { sdk_key_id: sdk.id }).expect(200);
  await post(paths.createAgentKey, { agent_id: randomUUID() }).expect(404);
  await service.http
    .post(paths.signUp)
    .send({ ...newUserBody(), email: tenant.admin.email })
    .expect(400);
  expect(await countAudit(service)).toBe(before);
});

test('a change and its row are kept together or not at all', async () => {
  const { prisma } = service.deps.database;
  await prisma.$executeRawUnsafe(`
    ALTER TABLE audit_log ADD CONSTRAINT no_more CHECK (project_id <> '${tenant.projectId}'::uuid) NOT VALID`);
  try {
    await post(paths.createAgent, { agent_name: 'Scout', agent_provider: 'acme' }).expect(500);
    await post(paths.createSdkKey, { validity: 1 }).expect(500);
  } finally {
    await prisma.$executeRawUnsafe('ALTER TABLE audit_log DROP CONSTRAINT no_more');
  }
  const where = { projectId: tenant.projectId };
  expect(await prisma.agent.count({ where })).toBe(0);
  expect(await prisma.sdkKey.count({ where })).toBe(0);
});

test('changes of two projects at the same time have no gap and no fork in either chain', async () => {
  const other = await createTenant(service);
  const bodies = Array.from({ length: 24 }, (_, index) => ({
    agent_name: `a${index}`,
    agent_provider: 'acme',
  }));
  const answers = await Promise.all(
    bodies.map((body, index) => post(paths.createAgent, body, (index % 2 === 0 ? tenant : other).headers)),
  );
  expect(answers.map((answer) => answer.status)).toEqual(Array(24).fill(201));
  for (const { headers } of [tenant, other]) {
    const rows = await readAudit(service, headers);
    expect(rows.map((row) => row.sequence)).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
    rows.forEach((row, index) => {
      expect(row.previous_hash).toBe(rows[index + 1]?.hash ?? '0'.repeat(64));
    });
  }
});

describe('reading the audit log', () => {
  const actions = async (query: object): Promise<string[]> =>
    (await readAudit(service, tenant.headers, query)).map((row) => row.action);

  test('pages newest first, each row once', async () => {
    for (let round = 0; round < 3; round++) await createAgent(service, tenant);
    const all = await readAudit(service, tenant.headers);
    const paged: unknown[] = [];
    let cursor: string | undefined;
    do {
      const answer = await service.http
        .get(auditPath)
        .set(tenant.headers)
        .query({ limit: 3, cursor })
        .expect(200);
      expect(answer.body.status_description).toBe('audit_listed');
      expect(answer.body.response_body.project_id).toBe(tenant.projectId);
      paged.push(...answer.body.response_body.records);
      cursor = answer.body.response_body.next_cursor;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
    expect(all).toHaveLength(7);
  });

  test('filters by action, principal, target and time', async () => {
    const agent = await createAgent(service, tenant);
    const second = await addMember(service, tenant, 1);
    const theirs = memberHeaders(second, tenant.projectId);
    await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }, theirs).expect(200);
    expect(await actions({ action: 'agent.created' })).toEqual(['agent.created']);
    expect(await actions({ principal_id: second.id })).toEqual(['agent_key.revoked', 'member.joined']);
    expect(await actions({ target_id: agent.keyId })).toEqual(['agent_key.revoked', 'agent_key.created']);
    const [row] = await readAudit(service, tenant.headers);
    const at = row?.created_at as string;
    expect((await actions({ from: at }))[0]).toBe('agent_key.revoked');
    expect(await actions({ until: at })).not.toContain('agent_key.revoked');
    expect(await actions({ from: '2039-01-01T00:00:00Z' })).toEqual([]);
  });

  test.each([
    [{ action: 'x' }, 'action'],
    [{ principal_id: 'x' }, 'principal_id'],
    [{ target_id: "' OR 1=1" }, 'target_id'],
    [{ from: 'yesterday' }, 'from'],
    [{ until: '' }, 'until'],
    [{ format: 'csv' }, 'format'],
    [{ limit: '101' }, 'limit'],
    [{ limit: 'x' }, 'limit'],
  ])('refuses %j', async (query, field) => {
    const answer = await service.http.get(auditPath).set(tenant.headers).query(query);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ status_description: 'invalid_request', errors: [{ field }] });
  });

  test("refuses another project's cursor", async () => {
    const other = await createTenant(service);
    await createAgent(service, other);
    const answer = await service.http.get(auditPath).set(other.headers).query({ limit: 1 });
    const cursor = answer.body.response_body.next_cursor;
    for (const query of [{ cursor }, { cursor: 'x' }, { cursor, format: 'ndjson' }]) {
      const refused = await service.http.get(auditPath).set(tenant.headers).query(query);
      expect([refused.status, refused.body.status_description]).toEqual([400, 'invalid_cursor']);
    }
  });

  test('is for Admins of the project', async () => {
    const member = await addMember(service, tenant);
    const stranger = await createUser(service);
    for (const path of [auditPath, `${auditPath}verify/`]) {
      const status = async (headers: Record<string, string>) => {
        const answer = await service.http.get(path).set(headers);
        return `${answer.status} ${answer.body.status_description}`;
      };
      expect(await status(memberHeaders(member, tenant.projectId))).toBe('403 forbidden');
      expect(await status(memberHeaders(stranger, tenant.projectId))).toBe(
        '403 user_project_mapping_invalid',
      );
      expect(await status({})).toBe('400 missing_headers');
      expect(await status({ ...tenant.headers, 'X-OTAS-USER-TOKEN': 'x' })).toBe('401 invalid_token');
    }
  });

  const makeMany = async (): Promise<Tenant> => {
    const many = await createTenant(service);
    await service.deps.database.prisma.$executeRaw`
      INSERT INTO audit_log
      SELECT chain_id, sequence + i, project_id, created_at, action, principal_kind, principal_id, address, request_id,
             target_kind, target_id, before, after, previous_hash, hash
        FROM audit_log, generate_series(1, 1500) AS i WHERE chain_id = ${many.projectId}::uuid`;
    return many;
  };

  test('as NDJSON says in a last line that the database failed on the way, and is an error when it fails before', async () => {
    const { headers } = await makeMany();
    const url = `${service.url}${auditPath}?format=ndjson`;
    const fault = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const list = jest.spyOn(service.deps.audit, 'list');
    try {
      list.mockRejectedValueOnce(fault);
      const early = await fetch(url, { headers });
      expect([early.status, (await early.json()).status_description]).toEqual([503, 'database_unavailable']);
      const rows = await service.deps.audit.list(headers['X-OTAS-PROJECT-ID'] as string, noFilter, null, 500);
      list.mockResolvedValueOnce(rows).mockRejectedValueOnce(fault);
      const late = await fetch(url, { headers });
      expect(late.status).toBe(200);
      const lines = (await late.text()).trimEnd().split('\n');
      expect(lines).toHaveLength(501);
      const last = JSON.parse(lines.at(-1) as string);
      expect(last).toEqual({ status: 0, status_description: 'export_interrupted' });
    } finally {
      list.mockRestore();
    }
  });

  test('as NDJSON answers HEAD with the headers alone', async () => {
    const answer = await service.http.head(auditPath).set(tenant.headers).query({ format: 'ndjson' });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  });

  test('as NDJSON gives every row that the filter lets through, however many', async () => {
    const many = await makeMany();
    for (const [headers, query] of [
      [{ Accept: 'application/x-ndjson' }, { action: 'project.created' }],
      [{}, { format: 'ndjson', limit: 1 }],
    ] as const) {
      const answer = await service.http
        .get(auditPath)
        .set({ ...many.headers, ...headers })
        .query(query)
        .buffer(true)
        .parse((res, done) => {
          let text = '';
          res.on('data', (chunk) => (text += chunk));
          res.on('end', () => done(null, text));
        });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/x-ndjson');
      const lines = String(answer.body).trimEnd().split('\n');
      const rows = lines.map((line) => JSON.parse(line));
      expect(rows.map((row) => row.sequence)).toEqual(
        Array.from({ length: 1501 }, (_, index) => 1501 - index),
      );
    }
    const none = await service.http
      .get(auditPath)
      .set(many.headers)
      .query({ format: 'ndjson', action: 'agent.created' });
    expect([none.status, none.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  });
});
