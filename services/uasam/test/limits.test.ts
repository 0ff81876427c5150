import { Passwords } from '../src/auth/passwords';
import { startTestService } from './support/service';
import { createUser, newUserBody, paths } from './support/tenant';

describe('guessing at one account', () => {
  test('ends after the given number of failures, also for the right password and for an unknown account', async () => {
    const service = await startTestService({ LOGIN_FAILURES_PER_ACCOUNT: '3' });
    try {
      const user = await createUser(service);
      const login = (email: string, password: string) =>
        service.http.post(paths.login).send({ email, password });
      for (const email of [user.email, `x${user.email}`]) {
        for (let attempt = 0; attempt < 3; attempt++) await login(email, 'wrong').expect(401);
        for (const password of [user.password, 'wrong']) {
          const answer = await login(` ${email.toUpperCase()}`, password);
          expect(answer.status).toBe(429);
          expect(answer.body).toEqual({
            status: 0,
            status_description: 'rate_limit_exceeded',
            response_body: null,
          });
          const retryAfter = Number(answer.headers['retry-after']);
          expect(retryAfter).toBeGreaterThan(800);
          expect(retryAfter).toBeLessThanOrEqual(900);
        }
      }
      const bystander = await createUser(service);
      await login(bystander.email, bystander.password).expect(200);
    } finally {
      await service.close();
    }
  });

  test('counts attempts at the same time, and a good login starts the count anew', async () => {
    const service = await startTestService({ LOGIN_FAILURES_PER_ACCOUNT: '5' });
    try {
      const { email, password } = await createUser(service);
      const login = async (text: string): Promise<number> =>
        (await service.http.post(paths.login).send({ email, password: text })).status;
      for (let attempt = 0; attempt < 4; attempt++) expect(await login('wrong')).toBe(401);
      expect(await login(password)).toBe(200);
      const statuses = await Promise.all(Array.from({ length: 20 }, () => login('wrong')));
      expect(statuses.filter((status) => status === 401)).toHaveLength(5);
      expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    } finally {
      await service.close();
    }
  });
});

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
  const passwords = await Passwords.create();
  const results = await Promise.allSettled(
    Array.from({ length: 600 }, () =>
      passwords.verify(null, 'x', () => Promise.reject(new Error('not now'))),
    ),
  );
  const refused = results.filter(
    (result) => result.status === 'rejected' && result.reason.code === 'rate_limit_exceeded',
  );
  expect(refused.length).toBeGreaterThanOrEqual(600 - 512 - 4);
  expect(await passwords.verify(await passwords.hash('x'), 'x', async () => undefined)).toBe(true);
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
