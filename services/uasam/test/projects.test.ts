import { randomUUID } from 'node:crypto';
import { startTestService, type TestService } from './support/service';
import {
  addMember,
  createTenant,
  createUser,
  deactivateMember,
  deactivateProject,
  memberHeaders,
  paths,
  type Tenant,
  userHeaders,
} from './support/tenant';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe('creating a project', () => {
  const create = async (body: string | object) => {
    const user = await createUser(service);
    const request = service.http.post(paths.createProject).set(userHeaders(user)).type('application/json');
    return request.send(body);
  };

  test('answers with the project', async () => {
    const answer = await create({
      project_name: 'Analytical Engine',
      project_description: 'Punched cards',
      project_domain: 'api.example.com:8443',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'project_created',
      response_body: {
        project: {
          id: expect.any(String),
          name: 'Analytical Engine',
          description: 'Punched cards',
          domain: 'api.example.com:8443',
        },
      },
    });
  });

  test('leaves out what is optional', async () => {
    for (const body of [
      { project_name: 'x'.repeat(255) },
      { project_name: '数', project_description: null, project_domain: null },
      { project_name: 'x', project_description: 'd'.repeat(300), project_domain: '' },
    ]) {
      await create(body).then((answer) => expect(answer.status).toBe(201));
    }
  });

  test.each<[object, string[]]>([
    [{}, ['project_name is required']],
    [{ project_name: ' ' }, ['project_name is required']],
    [{ project_name: 5 }, ['project_name must be a string']],
    [{ project_name: { a: 1 } }, ['project_name must be a string']],
    [{ project_name: 'x'.repeat(256) }, ['project_name too long (max 255)']],
    [{ project_name: 'x', project_description: [] }, ['project_description must be a string']],
    [{ project_name: 'x', project_description: 'x'.repeat(301) }, ['project_description max 300 characters']],
    [{ project_name: 'x', project_domain: 5 }, ['project_domain must be a URL']],
    [
      { project_description: 5, project_domain: 'not a host' },
      ['project_name is required', 'project_description must be a string', 'project_domain must be a URL'],
    ],
    [{ project_name: 'a\u0000b' }, [expect.stringContaining('project_name')]],
    [{ project_name: 'x', project_description: '\udc00' }, [expect.stringContaining('project_description')]],
  ] as [object, string[]][])('lists every fault of %j', async (body, errors) => {
    const answer = await create(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: 'project_creation_failed', errors });
  });

  test.each([
    '',
    'localhost',
    'api.example.com',
    'API.example.com:80',
    '10.0.0.1:65535',
    '[::1]:8080',
    'bücher.example',
    'http://example.com',
    'https://example.com:8443/path?query=1',
    'HTTPS://example.com',
  ])('takes the domain %j', async (project_domain) => {
    const answer = await create({ project_name: 'x', project_domain });
    expect(answer.body.response_body?.project.domain).toBe(project_domain);
  });

  test.each([
    'ftp://example.com',
    'javascript:alert(1)',
    'http://',
    'https:///path',
    'http://exa mple.com',
    'example.com/path',
    'example..com',
    '.example.com',
    '-example.com',
    'example.com:0',
    'example.com:65536',
    'example.com:http',
    'user@example.com',
    'http://example.com:99999',
    `${'x'.repeat(197)}.com`,
    'a\u0000.com',
  ])('refuses the domain %j', async (project_domain) => {
    const answer = await create({ project_name: 'x', project_domain });
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toEqual(['project_domain must be a URL']);
  });

  test('wants a body that is a JSON object, and a user', async () => {
    for (const body of ['{', '[]', 'null', '"x"', '{"project_name": NaN}']) {
      expect((await create(body)).body.status_description).toBe('invalid_json');
    }
    const anonymous = await service.http.post(paths.createProject).send('{');
    expect(anonymous.body).toEqual({ status: 0, status_description: 'missing_token' });
  });
});

test('the list of projects holds those of the user alone, newest first', async () => {
  const user = await createUser(service);
  const other = await createTenant(service);
  const create = (project_name: string) =>
    service.http.post(paths.createProject).set(userHeaders(user)).send({ project_name });
  service.clock.now = new Date();
  for (const name of ['first', 'second', 'third']) await create(name);
  service.clock.now = null;
  await addMember(service, other);

  const answer = await service.http.get(paths.projects).set(userHeaders(user));
  expect(answer.status).toBe(200);
  expect(answer.body.status_description).toBe('projects_listed');
  const { projects } = answer.body.response_body;
  expect(projects.map((project: { name: string }) => project.name)).toEqual(['third', 'second', 'first']);
  expect(projects[0]).toEqual({
    id: expect.any(String),
    name: 'third',
    description: '',
    domain: '',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000\+00:00$/),
    updated_at: projects[0].created_at,
    is_active: true,
    created_by: user.id,
    retention_days: null,
    privilege: 1,
  });
});

test('times are right whatever time zone the database is set to', async () => {
  const inSeoul = new URL(service.config.databaseUrl);
  inSeoul.searchParams.set('options', '-c timezone=Asia/Seoul');
  const other = await startTestService({ DATABASE_URL: inSeoul.href });
  try {
    const user = await createUser(other);
    other.clock.now = new Date('2026-05-01T12:00:00.000Z');
    await other.http
      .post(paths.createProject)
      .set('X-OTAS-USER-TOKEN', user.token)
      .send({ project_name: 'x' });
    const list = await other.http.get(paths.projects).set('X-OTAS-USER-TOKEN', user.token);
    expect(list.body.response_body.projects[0].created_at).toBe('2026-05-01T12:00:00.000000+00:00');
    const row = await other.deps.database.run(
      {
        name: 'epoch',
        text: 'SELECT extract(epoch FROM created_at)::float8 AS at FROM projects WHERE created_by = $1',
      },
      [user.id],
    );
    expect(row).toEqual([{ at: Date.parse('2026-05-01T12:00:00.000Z') / 1000 }]);
  } finally {
    await other.close();
  }
});

test('a member sees the project with his own privilege', async () => {
  const tenant = await createTenant(service);
  const member = await addMember(service, tenant);
  const answer = await service.http.get(paths.projects).set(userHeaders(member));
  expect(answer.body.response_body.projects).toMatchObject([{ id: tenant.projectId, privilege: 2 }]);
});

describe.each([paths.mapping, paths.mappingToo])('%s', (path) => {
  test('shows who is in which project', async () => {
    const { admin, projectId, headers } = await createTenant(service);
    const answer = await service.http.post(path).set(headers);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'user_project_mapping_authenticated',
      Response: {
        UserProjectMapping: {
          User: { id: admin.id, first_name: 'Ada', last_name: 'Lovelace', email: admin.email },
          Project: { project_id: projectId, name: 'Engine' },
          Privilege: 1,
        },
      },
    });
  });

  test('takes a project id in upper case and without hyphens', async () => {
    const { admin, projectId } = await createTenant(service);
    const compact = projectId.replaceAll('-', '').toUpperCase();
    const answer = await service.http.post(path).set(memberHeaders(admin, compact));
    expect(answer.body.Response.UserProjectMapping.Project.project_id).toBe(projectId);
  });

  test('refuses with `Response: null`', async () => {
    const { admin, projectId, headers } = await createTenant(service);
    const refused = async (sent: Record<string, string>, status: number, description: string) => {
      const answer = await service.http.post(path).set(sent);
      expect(answer.status).toBe(status);
      expect(answer.body).toEqual({ status: 0, status_description: description, Response: null });
    };
    await refused({}, 400, 'missing_headers');
    await refused(userHeaders(admin), 400, 'missing_headers');
    await refused({ 'X-OTAS-PROJECT-ID': projectId }, 400, 'missing_headers');
    await refused({ 'X-OTAS-USER-TOKEN': 'x', 'X-OTAS-PROJECT-ID': '' }, 400, 'missing_headers');
    await refused({ ...headers, 'X-OTAS-USER-TOKEN': 'x' }, 401, 'invalid_token');
    await refused({ 'X-OTAS-USER-TOKEN': 'x', 'X-OTAS-PROJECT-ID': 'x' }, 401, 'invalid_token');
    await refused(memberHeaders(admin, randomUUID()), 400, 'user_project_mapping_invalid');
    await refused(memberHeaders(admin, 'not-a-uuid'), 400, 'user_project_mapping_invalid');
    const other = await createTenant(service);
    await refused(memberHeaders(admin, other.projectId), 400, 'user_project_mapping_invalid');
  });
});

describe('a mapping that is not active', () => {
  const everyRoute = async (tenant: Tenant): Promise<void> => {
    const { http } = service;
    for (const path of [paths.mapping, paths.mappingToo]) {
      const answer = await http.post(path).set(tenant.headers);
      expect(answer.status).toBe(400);
      expect(answer.body.status_description).toBe('user_project_mapping_invalid');
    }
    const posts = [paths.createSdkKey, paths.revokeSdkKey, paths.createAgent, paths.createAgentKey];
    const requests = [
      ...[...posts, paths.revokeAgentKey, paths.agent].map((path) => http.post(path).send('{')),
      ...[paths.sdkKeys, paths.agents, paths.sessions].map((path) => http.get(path)),
    ];
    for (const request of requests) {
      const answer = await request.set(tenant.headers);
      expect(answer.status).toBe(403);
      expect(answer.body).toEqual({ status: 0, status_description: 'user_project_mapping_invalid' });
    }
  };

  test('lets nobody in when the project is inactive', async () => {
    const tenant = await createTenant(service);
    await deactivateProject(service, tenant.projectId);
    await everyRoute(tenant);
  });

  test('lets nobody in when the membership is inactive, and the project is not listed', async () => {
    const tenant = await createTenant(service);
    await deactivateMember(service, tenant);
    await everyRoute(tenant);
    const list = await service.http.get(paths.projects).set(userHeaders(tenant.admin));
    expect(list.body.response_body.projects).toEqual([]);
  });
});
