import { createHash, randomUUID } from 'node:crypto';
import { countAudit, readAudit } from './support/audit';
import { startTestService, type TestService } from './support/service';
import {
  createAgent,
  createSdkKey,
  createTenant,
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
    after: {
      ...{ agent_id: agent.id, prefix: key.prefix, name: '', scopes: ['capture', 'read'] },
      expires_at: key.expires_at,
    },
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
  const login = await service.http.post(paths.login).send({ email: body.email, password: 'x'.repeat(9) });
  const fresh = login.body.response.jwt_token;
  await service.http.post(paths.logOutEverywhere).set('X-OTAS-USER-TOKEN', fresh).expect(200);
  const rows = await service.deps.audit.listChain(user.id, 0, 10);
  const was = { first_name: 'Ada', middle_name: '', last_name: 'Lovelace' };
  const now = { first_name: 'Augusta', middle_name: 'Ada', last_name: 'King' };
  const seen = rows.map((row) => [row.action, row.principalKind, row.principalId, row.before, row.after]);
  expect(seen).toEqual([
    ['user.created', 'anybody', null, null, JSON.stringify({ ...was, email: body.email })],
    ['user.profile_updated', 'user', user.id, JSON.stringify(was), JSON.stringify(now)],
    ['user.password_changed', 'user', user.id, null, null],
    ['user.logged_out_everywhere', 'user', user.id, null, null],
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
  const requestId = randomUUID();
  const headers = { ...tenant.headers, 'X-Request-Id': requestId };
  await post(paths.revokeAgentKey, { agent_key_id: agent.keyId }, headers).expect(200);
  await post(paths.revokeSdkKey, { sdk_key_id: sdk.id }, headers).expect(200);
  await post(paths.createAgentKey, { agent_id: randomUUID() }, headers).expect(404);
  const again = service.http.post(paths.signUp).set(headers);
  await again.send({ ...newUserBody(), email: tenant.admin.email }).expect(400);
  expect(await countAudit(service, requestId)).toBe(0);
  await post(paths.createSdkKey, { validity: 1 }, headers).expect(201);
  expect(await countAudit(service, requestId)).toBe(1);
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
