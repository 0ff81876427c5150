import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgres } from '@otas/embedded';
import pg from 'pg';
import supertest from 'supertest';
import { findFreePort } from '../../../test/find-free-port';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { startProcess } from './support/process';
import { testEnvironment } from './support/service';
import { newUserBody, paths } from './support/tenant';

test('without its settings it says which are missing and ends with 1', async () => {
  const { KEY_PEPPER: _, ...environment } = testEnvironment;
  const service = startProcess({ ...environment, UASAM_PORT: 'http' });
  expect(await service.exited).toBe(1);
  expect(service.output()).toMatch(/^UASAM did not start: the environment does not fit:\n {2}\w/);
  expect(service.output()).toContain('UASAM_PORT: must be a whole number');
  expect(service.output()).toContain('KEY_PEPPER is missing');
  expect(service.output()).not.toContain('    at ');
});

test('a port that is taken gets one clear line and ends with 1', async () => {
  const port = await findFreePort();
  const holder = createServer().listen(port, '127.0.0.1');
  const service = startProcess({ ...testEnvironment, UASAM_PORT: String(port) });
  expect(await service.exited).toBe(1);
  expect(service.output()).toBe(
    `UASAM did not start: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
  );
  holder.close();
});

test('it waits for Postgres, answers 503 while Postgres is away, goes on when it is back, and ends in order', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'uasam-main-'));
  const postgresPort = await findFreePort();
  const port = await findFreePort();
  const url = `postgresql://postgres:${'a-password-in-the-url'}@127.0.0.1:${postgresPort}/postgres`;
  const service = startProcess({
    ...testEnvironment,
    DATABASE_URL: url,
    UASAM_PORT: String(port),
    LOG_LEVEL: 'debug',
  });
  const http = supertest(`http://127.0.0.1:${port}`);
  let postgres: Awaited<ReturnType<typeof startPostgres>> | undefined;
  try {
    await service.waitFor('waiting for Postgres');
    postgres = await startPostgres({ dir: await emptyPostgresDir(dir), port: postgresPort });
    await service.waitFor('UASAM listens on');
    expect((await http.get('/readyz')).body).toEqual({
      status: 1,
      status_description: 'ready',
      checks: { postgres: 'ok' },
    });

    const body = newUserBody();
    const user = (await http.post(paths.signUp).send(body).expect(200)).body.response_body;
    const userHeaders = { 'X-OTAS-USER-TOKEN': user.jwt_token };
    const project = await http.post(paths.createProject).set(userHeaders).send({ project_name: 'x' });
    const projectId = project.body.response_body.project.id;
    const headers = { ...userHeaders, 'X-OTAS-PROJECT-ID': projectId };
    const agent = await http
      .post(paths.createAgent)
      .set(headers)
      .send({ agent_name: 'x', agent_provider: 'x' });
    const key: string = agent.body.response.agent_key.api_key;

    await postgres.kill();
    for (const request of [
      http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key),
      http.post(paths.createSession).set('X-OTAS-AGENT-KEY', key),
      http.post(paths.user).set(userHeaders),
      http.post(paths.createProject).set(userHeaders).send({ project_name: 'x' }),
      http.get(paths.agents).set(headers),
      http.post(paths.login).send(body),
    ]) {
      const startedAt = performance.now();
      const answer = await request;
      expect(answer.status).toBe(503);
      expect(answer.body.status_description).toBe('database_unavailable');
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(answer.text).not.toMatch(/ECONN|prisma|127\.0\.0\.1/i);
      expect(performance.now() - startedAt).toBeLessThan(4000);
    }
    await http.get('/healthz').expect(200);
    expect((await http.get('/readyz').expect(503)).body.checks).toEqual({ postgres: 'failed' });

    postgres = await startPostgres({ dir, port: postgresPort });
    for (let round = 0; round < 100 && (await http.get('/readyz')).status !== 200; round++) await delay(50);
    await http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key).expect(200);

    service.signal('SIGTERM');
    expect(await service.exited).toBe(0);
    await service.waitFor('"stopped"');
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('SELECT last_used_at IS NOT NULL AS used FROM agent_keys');
    await client.end();
    expect(rows).toEqual([{ used: true }]);

    const secrets = [body.password, user.jwt_token, key, body.email, 'a-password-in-the-url'];
    for (const secret of [...secrets, testEnvironment.KEY_PEPPER, testEnvironment.USER_TOKEN_SECRETS]) {
      expect(service.output()).not.toContain(String(secret));
    }
    expect(service.output()).toContain('"path":"/api/user/v1/create/"');
  } finally {
    service.signal('SIGKILL');
    await postgres?.kill();
    await rm(dir, { recursive: true, force: true });
  }
});

test('a request under way is finished before the end', async () => {
  const port = await findFreePort();
  const service = startProcess({ ...testEnvironment, UASAM_PORT: String(port), LOG_LEVEL: 'info' });
  await service.waitFor('UASAM listens on');
  const body = JSON.stringify(newUserBody());
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.write(
    `POST ${paths.signUp} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body[0]}`,
  );
  await delay(300);
  service.signal('SIGINT');
  await service.waitFor('"stopping"');
  socket.write(body.slice(1));
  expect(await service.exited).toBe(0);
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 200 OK/);
  socket.destroy();
});
