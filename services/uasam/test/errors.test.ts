import { findFreePort } from '../../../test/find-free-port';
import { toApiError } from '../src/db/errors';
import { createEmptyDatabase } from './support/empty-database';
import { startProcess } from './support/process';
import { testEnvironment } from './support/service';
import { newUserBody, paths } from './support/tenant';

const prismaError = (code: string, adapterCause: object = {}): Error =>
  Object.assign(new Error(`Invalid invocation with the secret hunter2`), {
    name: 'PrismaClientKnownRequestError',
    code,
    meta: { driverAdapterError: { name: 'DriverAdapterError', cause: adapterCause } },
  });
const pgError = (code: string): Error =>
  Object.assign(new Error('Key (email)=(hunter2) already exists'), { code, severity: 'ERROR' });
const socketError = (code: string): Error => Object.assign(new Error('connect 10.0.0.1'), { code });

test.each([
  prismaError('P1001'),
  prismaError('P1017'),
  prismaError('P2010', { kind: 'DatabaseNotReachable' }),
  prismaError('P2010', { kind: 'postgres', originalCode: '57P01' }),
  prismaError('P2028'),
  pgError('57P03'),
  pgError('57014'),
  pgError('53300'),
  pgError('08006'),
  pgError('40P01'),
  socketError('ECONNREFUSED'),
  socketError('ECONNRESET'),
  socketError('ENOTFOUND'),
  socketError('EHOSTUNREACH'),
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
])('%p is answered with 503 and Retry-After', (error) => {
  expect(toApiError(error)).toMatchObject({
    code: 'database_unavailable',
    status: 503,
    headers: { 'Retry-After': '1' },
  });
});

test.each([prismaError('P2010', { originalCode: '22P02' }), pgError('23505'), pgError('42P01')])(
  '%p is answered with 500, and what is logged of it holds no value',
  (error) => {
    const answer = toApiError(error);
    expect(answer).toMatchObject({ code: 'server_error', status: 500, payload: {} });
    const cause = answer?.cause as Error;
    expect(cause.message).toContain((error as Error & { code: string }).code);
    expect(`${cause.message}\n${cause.stack}\n${JSON.stringify(cause)}`).not.toContain('hunter2');
    expect(cause.stack).toContain('errors.test.ts');
  },
);

test('an error that is not of the database is left alone', () => {
  expect(toApiError(new TypeError('x is not a function'))).toBeNull();
  expect(toApiError('text')).toBeNull();
});

test('what goes wrong inside is told nobody outside, and the log holds no values either', async () => {
  const database = await createEmptyDatabase();
  const port = await findFreePort();
  const service = startProcess({
    ...testEnvironment,
    DATABASE_URL: database.url,
    UASAM_PORT: String(port),
    LOG_LEVEL: 'trace',
  });
  try {
    await service.waitFor('UASAM listens on');
    await database.query('ALTER TABLE users RENAME COLUMN last_name TO family_name');
    await database.query('ALTER TABLE agent_keys RENAME TO keys_of_agents');
    const key = 'agent_abcdefghijkl_thesecretofthekey';
    const body = newUserBody();
    for (const [path, payload] of [
      [paths.signUp, { response_body: null }],
      [paths.login, { response_body: null }],
      [paths.agentKey, {}],
      [paths.createSession, {}],
    ] as const) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'X-OTAS-AGENT-KEY': key, 'X-Request-Id': 'find-me' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(500);
      expect(response.headers.get('x-request-id')).toBe('find-me');
      expect(await response.json()).toEqual({ status: 0, status_description: 'server_error', ...payload });
    }
    await service.waitFor('"requestId":"find-me"');
    expect(service.output()).toContain('42P01');
    for (const secret of [key, body.password, body.email, '$argon2']) {
      expect(service.output()).not.toContain(String(secret));
    }
  } finally {
    service.signal('SIGKILL');
    await service.exited;
    await database.drop();
  }
});
