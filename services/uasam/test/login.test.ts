import { startTestService, type TestService } from './support/service';
import { createUser, paths, type TestUser, userHeaders } from './support/tenant';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterEach(() => {
  service.clock.now = null;
});
afterAll(() => service.close());

const login = (body: object) => service.http.post(paths.login).send(body);
const logIn = async ({ email, password }: TestUser): Promise<string> =>
  (await login({ email, password }).expect(200)).body.response.jwt_token;
const statusOf = async (token: string): Promise<number> =>
  (await service.http.post(paths.user).set('X-OTAS-USER-TOKEN', token)).status;

describe('login', () => {
  test('answers under `response`, whatever the case of the address', async () => {
    const user = await createUser(service);
    const answer = await login({ email: ` ${user.email.toUpperCase()}`, password: user.password });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 1, status_description: 'login_success' });
    expect(answer.body.response.user).toMatchObject({ id: user.id, email: user.email });
    await service.http.post(paths.user).set('X-OTAS-USER-TOKEN', answer.body.response.jwt_token).expect(200);
  });

  test('takes `Password`, which wins over `password`', async () => {
    const { email, password } = await createUser(service);
    await login({ email, Password: password }).expect(200);
    await login({ email, Password: password, password: 'wrong' }).expect(200);
    await login({ email, Password: 'wrong', password }).expect(401);
  });

  test('answers every failure in the same way', async () => {
    const { email, password } = await createUser(service);
    const bodies: (string | object)[] = [
      { email, password: 'wrong' },
      { email: 'nobody@example.com', password },
      { email },
      { password },
      { email: 5, password },
      { email, password: ['x'] },
      { email: 'a\u0000@example.com', password },
      { email, password: 'x'.repeat(2000) },
      {},
      '{"email":',
      '[]',
      'null',
      'NaN',
      '',
    ];
    for (const body of bodies) {
      const answer = await service.http.post(paths.login).type('application/json').send(body);
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({ status: 0, status_description: 'login_failed', response_body: null });
    }
    const notUtf8 = service.http.post(paths.login).type('application/json');
    notUtf8.write(Buffer.from([0x7b, 0xff, 0x7d]));
    expect((await notUtf8).status).toBe(401);
  });

  test('takes as long for an unknown e-mail address as for a wrong password', async () => {
    // The quickest of many, and in turn, so that a busy machine slows all of them alike.
    let [known, unknown, missing] = [Infinity, Infinity, Infinity];
    const timeOf = async (body: object): Promise<number> => {
      const startedAt = performance.now();
      await login(body).expect(401);
      return performance.now() - startedAt;
    };
    for (let account = 0; account < 4; account++) {
      const { email } = await createUser(service);
      // More failures of one account would have to wait.
      for (let round = 0; round < 5; round++) {
        known = Math.min(known, await timeOf({ email, password: 'wrong' }));
        unknown = Math.min(unknown, await timeOf({ email: `x${email}`, password: 'wrong' }));
        missing = Math.min(missing, await timeOf({ email }));
      }
    }
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
    expect(missing / known).toBeGreaterThan(0.4);
  });
});

describe('logging out everywhere', () => {
  const logOut = (token: string) => service.http.post(paths.logOutEverywhere).set('X-OTAS-USER-TOKEN', token);

  test('ends every token of the user, the one used and those of the same second included, and nobody else', async () => {
    const [user, other] = [await createUser(service), await createUser(service)];
    service.clock.now = new Date();
    const tokens = [user.token, await logIn(user), await logIn(user)];
    const answer = await logOut(tokens[1] as string);
    expect([answer.status, answer.body]).toEqual([
      200,
      { status: 1, status_description: 'logged_out_everywhere', response_body: null },
    ]);
    expect(await Promise.all(tokens.map(statusOf))).toEqual([401, 401, 401]);
    expect(await statusOf(other.token)).toBe(200);
    expect((await logOut(tokens[0] as string)).body).toEqual({
      status: 0,
      status_description: 'invalid_token',
      response_body: null,
    });
  });

  test('lets a login of the same second be good, also after many at once', async () => {
    const user = await createUser(service);
    service.clock.now = new Date();
    for (let round = 0; round < 2; round++) {
      const token = await logIn(user);
      expect(await statusOf(token)).toBe(200);
      const answers = await Promise.all(Array.from({ length: 8 }, () => logOut(token)));
      expect(answers.map((answer) => answer.status)).toContain(200);
      expect(await statusOf(token)).toBe(401);
    }
    expect(await statusOf(await logIn(user))).toBe(200);
  });
});

describe('a change of the password', () => {
  test.each(['put', 'post'] as const)(
    'ends every token from before, also of the same second (%s)',
    async (method) => {
      const user = await createUser(service);
      const change = (token: string, password: unknown) =>
        service.http[method](paths.password).set('X-OTAS-USER-TOKEN', token).send({ password });
      service.clock.now = new Date();
      const first = await logIn(user);
      const answer = await change(first, 'another password');
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ status: 1, status_description: 'password_updated', response_body: null });
      expect(await statusOf(first)).toBe(401);
      const second = await logIn({ ...user, password: 'another password' });
      expect(await statusOf(second)).toBe(200);
      await change(second, 'a third password').expect(200);
      expect(await statusOf(second)).toBe(401);
      expect(await statusOf(await logIn({ ...user, password: 'a third password' }))).toBe(200);
      await login({ email: user.email, password: user.password }).expect(401);
    },
  );

  test.each([
    [{}, 'missing_password'],
    [{ password: null }, 'missing_password'],
    [{ password: '' }, 'missing_password'],
    [{ password: 'short' }, 'password_too_short'],
    [{ password: 5 }, 'invalid_request'],
    [{ password: 'x'.repeat(1025) }, 'invalid_request'],
  ])('is refused for %j', async (body, description) => {
    const user = await createUser(service);
    const answer = await service.http.put(paths.password).set(userHeaders(user)).send(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ status_description: description, response_body: null });
  });
});
