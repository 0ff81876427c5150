import { auditPath, readAudit } from './support/audit';
import { outcome } from './support/outcome';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createAgent,
  createTenant,
  createUser,
  memberHeaders,
  paths,
  type Tenant,
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
      const status = (headers: Record<string, string>) => outcome(service.http.get(path).set(headers));
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
      expect([early.status, JSON.parse(await early.text()).status_description]).toEqual([
        503,
        'database_unavailable',
      ]);
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
