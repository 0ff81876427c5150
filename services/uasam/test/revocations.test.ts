import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { internalPaths, type RevocationFeed, readRevocations, serviceHeaders } from './support/internal';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createSdkKey,
  createTenant,
  paths,
  type Tenant,
  type TestUser,
  userHeaders,
} from './support/tenant';

let service: TestService;
let tenant: Tenant;
let cursor: string;
beforeAll(async () => {
  service = await startTestService();
});
beforeEach(async () => {
  tenant = await createTenant(service);
  cursor = (await readRevocations(service)).cursor;
});
afterAll(() => service.close());

/** `kind id` of all that the feed has after a cursor, page by page; repetitions are left out. */
async function readAll(after: string): Promise<string[]> {
  const seen = new Set<string>();
  let feed: RevocationFeed = { cursor: after, has_more: true, is_reset: false, revocations: [] };
  while (feed.has_more) {
    feed = await readRevocations(service, feed.cursor);
    for (const { kind, id } of feed.revocations) seen.add(`${kind} ${id}`);
  }
  return [...seen];
}

const post = (path: string, body: object, headers = tenant.headers) =>
  service.http.post(path).set(headers).send(body);

const insert = (ids: readonly string[]) => service.deps.database.prisma.$executeRaw`
  INSERT INTO revocations (kind, target_id) SELECT 'session', unnest(${ids}::uuid[])`;

const newSession = async (): Promise<string> => {
  const { key } = await createAgent(service, tenant);
  const request = service.http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key);
  return (await request.expect(200)).body.response.agent_session_id;
};

/** What is done, and what is then no longer valid. */
const changes: Record<string, () => Promise<string>> = {
  'a revoked agent key': async () => {
    const { keyId } = await createAgent(service, tenant);
    await post(paths.revokeAgentKey, { agent_key_id: keyId }).expect(200);
    return `agent_key ${keyId}`;
  },
  'an agent key that a new one replaces': async () => {
    const { id, keyId } = await createAgent(service, tenant);
    await post(paths.createAgentKey, { agent_id: id }).expect(201);
    return `agent_key ${keyId}`;
  },
  'a revoked SDK key': async () => {
    const { id } = await createSdkKey(service, tenant);
    await post(paths.revokeSdkKey, { sdk_key_id: id }).expect(200);
    return `sdk_key ${id}`;
  },
  'an ended session': async () => {
    const session_id = await newSession();
    await post(paths.endSession, { session_id }).expect(200);
    return `session ${session_id}`;
  },
  'a revoked session': async () => {
    const session_id = await newSession();
    await post(paths.revokeSession, { session_id }).expect(200);
    return `session ${session_id}`;
  },
  'a deactivated agent': async () => {
    const { id } = await createAgent(service, tenant);
    await post(paths.deactivateAgent, { agent_id: id }).expect(200);
    return `agent ${id}`;
  },
  'a deactivated project': async () => {
    await post(paths.deactivateProject, {}).expect(200);
    return `project ${tenant.projectId}`;
  },
  'another privilege': async () => {
    const { id } = await addMember(service, tenant, 1);
    await post(paths.memberPrivilege, { user_id: id, privilege: 2 }).expect(200);
    return `member ${id}`;
  },
  'a removed member': async () => {
    const { id } = await addMember(service, tenant);
    await post(paths.removeMember, { user_id: id }).expect(200);
    return `member ${id}`;
  },
  'a new password': async () => {
    const { id }: TestUser = tenant.admin;
    await post(paths.password, { password: 'another horse' }, userHeaders(tenant.admin)).expect(200);
    return `user ${id}`;
  },
};

test.each(Object.keys(changes))('%s is told at once, with its time', async (name) => {
  const expected = await changes[name]?.();
  const { revocations, is_reset, has_more } = await readRevocations(service, cursor);
  const told = revocations.map(({ kind, id, at }) => {
    expect(at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    expect(Math.abs(Date.parse(at) - Date.now())).toBeLessThan(60_000);
    return `${kind} ${id}`;
  });
  expect(told).toContain(expected);
  expect({ is_reset, has_more }).toEqual({ is_reset: false, has_more: false });
});

test('what makes nothing invalid is not told', async () => {
  const agent = await createAgent(service, tenant);
  const sdkKey = await createSdkKey(service, tenant);
  const member = await addMember(service, tenant);
  await post(paths.updateAgent, { agent_id: agent.id, agent_name: 'Ranger' }).expect(200);
  await post(paths.reactivateProject, {}).expect(200);
  const ours = [tenant.projectId, tenant.admin.id, agent.id, agent.keyId, sdkKey.id, member.id];
  expect((await readAll(cursor)).filter((one) => ours.some((id) => one.endsWith(id)))).toEqual([]);
});

test('a change and what is told of it are kept together or not at all', async () => {
  const { prisma } = service.deps.database;
  const { keyId, key } = await createAgent(service, tenant);
  await prisma.$executeRawUnsafe(`
    ALTER TABLE revocations ADD CONSTRAINT no_more CHECK (target_id <> '${keyId}'::uuid) NOT VALID`);
  try {
    await post(paths.revokeAgentKey, { agent_key_id: keyId }).expect(500);
  } finally {
    await prisma.$executeRawUnsafe('ALTER TABLE revocations DROP CONSTRAINT no_more');
  }
  await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key).expect(200);
  expect(await readAll(cursor)).not.toContain(`agent_key ${keyId}`);
});

test('no row is ever missed, in whatever order concurrent transactions end', async () => {
  const ids = Array.from({ length: 60 }, () => randomUUID());
  let isWriting = true;
  const seen = new Set<string>();
  const read = async (): Promise<void> => {
    for (let after = cursor; ; ) {
      const isLast = !isWriting;
      const feed = await readRevocations(service, after);
      for (const { id } of feed.revocations) seen.add(id);
      after = feed.cursor;
      if (isLast) return;
    }
  };
  const write = async (own: readonly string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: service.config.databaseUrl });
    await client.connect();
    for (const id of own) {
      await client.query('BEGIN');
      await client.query("INSERT INTO revocations (kind, target_id) VALUES ('session', $1)", [id]);
      await client.query('SELECT pg_sleep(random() * 0.03)');
      await client.query('COMMIT');
    }
    await client.end();
  };
  const reading = read();
  await Promise.all([0, 1, 2, 3].map((part) => write(ids.filter((_, index) => index % 4 === part))));
  isWriting = false;
  await reading;
  expect(ids.filter((id) => !seen.has(id))).toEqual([]);
});

test('a reader who goes on gets what came since, and soon nothing that he had before', async () => {
  const [first, later] = [randomUUID(), randomUUID()];
  await insert([first]);
  let after = (await readRevocations(service, cursor)).cursor;
  await insert([later]);
  expect(await readAll(after)).toContain(`session ${later}`);
  // Transactions of other tests that are still open make rows come again.
  for (let isRepeated = true; isRepeated; ) {
    const { cursor: next, revocations } = await readRevocations(service, after);
    isRepeated = revocations.some(({ id }) => id === first);
    after = next;
  }
});

test('more than a page is told in pages, all of it, also what one transaction wrote', async () => {
  const ids = Array.from({ length: 2500 }, () => randomUUID());
  await insert(ids);
  const first = await readRevocations(service, cursor);
  expect([first.revocations.length, first.has_more]).toEqual([1000, true]);
  const late = randomUUID();
  await insert([late]);
  const all = [...ids, late].map((id) => `session ${id}`);
  const told = new Set(await readAll(cursor));
  expect(all.filter((one) => !told.has(one))).toEqual([]);
});

test('a cursor of a database that was further on says that nothing may be remembered', async () => {
  await insert([randomUUID()]);
  const ahead = String(BigInt(cursor) + 1_000_000n);
  const feed = await readRevocations(service, ahead);
  expect(feed).toMatchObject({ is_reset: true, has_more: false, revocations: [] });
  expect(BigInt(feed.cursor)).toBeLessThan(BigInt(ahead));
  expect((await readRevocations(service, feed.cursor)).is_reset).toBe(false);
});

test.each([
  '',
  'x',
  '-1',
  '1.2',
  '1.2.',
  '1.2.3.4',
  '1e3',
  ' 1',
  '18446744073709551616',
  '1.2.9223372036854775808',
])('the cursor %j is refused', async (after) => {
  const answer = await service.http.get(internalPaths.revocations).set(serviceHeaders).query({ after });
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ status: 0, status_description: 'invalid_cursor' });
});

test.each(['0', '18446744073709551615', '1.18446744073709551615.9223372036854775807'])(
  'the cursor %s, at the end of what there can be, gets an answer',
  async (after) => {
    expect((await readRevocations(service, after)).cursor).toMatch(/^\d+/);
  },
);

test('what is older than an hour is deleted, and nothing else', async () => {
  const [old, fresh] = [randomUUID(), randomUUID()];
  await insert([old, fresh]);
  await service.deps.database.prisma.$executeRaw`
    UPDATE revocations SET created_at = now() - interval '61 minutes' WHERE target_id = ${old}::uuid`;
  await service.deps.revocationSweep.run();
  const left = await readAll(cursor);
  expect(left).toContain(`session ${fresh}`);
  expect(left).not.toContain(`session ${old}`);
});
