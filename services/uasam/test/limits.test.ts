import { Passwords } from '../src/auth/passwords';
import { startTestService } from './support/service';
import { createUser, newUserBody, paths, userHeaders } from './support/tenant';

describe('sign-ups and logins of one address', () => {
  const environment = { AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '3' };

  test('are limited together', async () => {
    const service = await startTestService(environment);
    try {
      await createUser(service);
      await service.http.post(paths.login).send('{').expect(401);
      await service.http.post(paths.signUp).send({}).expect(400);
      for (const path of [paths.signUp, paths.login]) {
        const answer = await service.http.post(path).set('X-Forwarded-For', '203.0.113.9').send({});
        expect(answer.status).toBe(429);
        expect(answer.body.status_description).toBe('rate_limit_exceeded');
        expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(answer.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '0' });
        expect(answer.headers['ratelimit-reset']).toBe(answer.headers['retry-after']);
      }
      await service.http.post(paths.user).expect(400);
    } finally {
      await service.close();
    }
  });

  test('are told apart by the last hop of X-Forwarded-For behind a trusted proxy', async () => {
    const service = await startTestService({ ...environment, TRUST_PROXY: '1' });
    try {
      const statusOf = async (forwarded: string): Promise<number> =>
        (await service.http.post(paths.signUp).set('X-Forwarded-For', forwarded).send({})).status;
      const from = async (addresses: string[]): Promise<number[]> => {
        const statuses: number[] = [];
        for (const address of addresses) statuses.push(await statusOf(address));
        return statuses;
      };
      expect(await from(['1.1.1.1', '9.9.9.9, 1.1.1.1', '::ffff:1.1.1.1', '1.1.1.1'])).toEqual([
        400, 400, 400, 429,
      ]);
      expect(await from(['1.1.1.1, 2.2.2.2'])).toEqual([400]);
      const network = ['2001:db8::1', '2001:DB8:0:0:ffff::2', '2001:db8:0:0::3', '2001:db8::4%eth0'];
      expect(await from(network)).toEqual([400, 400, 400, 429]);
      expect(await from(['2001:db8:0:1::1'])).toEqual([400]);
    } finally {
      await service.close();
    }
  });
});

test('a flood of passwords is refused past a bound rather than kept in memory', async () => {
  const passwords = await Passwords.create({ get: async () => 0, atLeast: () => undefined });
  const results = await Promise.allSettled(
    Array.from({ length: 600 }, () =>
      passwords.verify(null, 'x', () => Promise.reject(new Error('not now'))),
    ),
  );
  const refused = results.filter(
    (result) => result.status === 'rejected' && result.reason.code === 'rate_limit_exceeded',
  );
  expect(refused.length).toBeGreaterThanOrEqual(600 - 512 - 4);
  const check = await passwords.verify(await passwords.hash('x'), 'x', async () => undefined);
  expect(check).toEqual({ matches: true, renewedHash: null });
});

test('fifty sign-ups at the same time all succeed', async () => {
  const service = await startTestService();
  try {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.http.post(paths.signUp).send(newUserBody())),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(50).fill(200));
  } finally {
    await service.close();
  }
});

test('requests of one credential are limited before it is looked up, those of another and health are not', async () => {
  const service = await startTestService({ REQUESTS_PER_CREDENTIAL_PER_MINUTE: '2' });
  try {
    const [user, other] = [await createUser(service), await createUser(service)];
    const ask = (headers: Record<string, string>) => service.http.post(paths.user).set(headers);
    for (const remaining of ['1', '0']) {
      const answer = await ask(userHeaders(user)).expect(200);
      expect(answer.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': remaining });
    }
    const findMember = jest.spyOn(service.deps.database, 'run');
    const answer = await ask(userHeaders(user));
    expect([answer.status, answer.body]).toEqual([
      429,
      { status: 0, status_description: 'rate_limit_exceeded', response_body: null },
    ]);
    expect(findMember).not.toHaveBeenCalled();
    await ask(userHeaders(other)).expect(200);
    const health = await service.http.get('/healthz').set(userHeaders(user)).expect(200);
    expect(health.headers['ratelimit-limit']).toBeUndefined();
  } finally {
    await service.close();
  }
});
