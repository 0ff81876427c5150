import { setTimeout as sleep } from 'node:timers/promises';
import { type LoginAnswer, loginFrom } from './support/login-client';
import { startTestService, type TestService } from './support/service';
import { createUser, newUserBody, paths } from './support/tenant';

const wrong = 'not the password';
const from = (forwardedFor: string) => ({ forwardedFor });
const statusesOf = (answers: readonly LoginAnswer[]) => answers.map(({ status }) => status);
const countOf = (answers: readonly LoginAnswer[], wanted: number) =>
  answers.filter(({ status }) => status === wanted).length;

async function withService(
  environment: Record<string, string>,
  use: (service: TestService) => Promise<void>,
): Promise<void> {
  const service = await startTestService(environment);
  try {
    await use(service);
  } finally {
    await service.close();
  }
}

test('a guesser with 100 tries a second gets a few, and the owner logs in, from elsewhere at once, from there after the wait', async () => {
  await withService({}, async (service) => {
    const { email, password } = await createUser(service);
    const guesser = { localAddress: '127.0.0.2' };
    const tries: Promise<LoginAnswer>[] = [];
    const guessing = setInterval(
      () => tries.push(loginFrom(service, guesser, { email, password: wrong })),
      10,
    );
    while (tries.length < 250) await sleep(50);
    const elsewhere = await loginFrom(service, { localAddress: '127.0.0.3' }, { email, password });
    clearInterval(guessing);
    expect(elsewhere.status).toBe(200);

    const guesses = await Promise.all(tries);
    const checked = countOf(guesses, 401);
    expect(checked).toBeGreaterThanOrEqual(5);
    // 5 at once, then after 2 and 4 seconds; the loop above lasts 3, and 60 on a machine twenty times as slow.
    expect(checked).toBeLessThanOrEqual(10);
    expect(countOf(guesses, 429)).toBe(guesses.length - checked);

    const early = await loginFrom(service, guesser, { email, password });
    if (early.status === 429) {
      await sleep(early.retryAfter * 1000);
      expect((await loginFrom(service, guesser, { email, password })).status).toBe(200);
    } else expect(early.status).toBe(200);
  });
});

test('a hundred tries at the same moment are five, and each refusal says truly when the next is taken', async () => {
  await withService({}, async (service) => {
    const { email, password } = await createUser(service);
    const source = { localAddress: '127.0.0.2' };
    const login = (text: string) => loginFrom(service, source, { email, password: text });
    const answers = await Promise.all(Array.from({ length: 100 }, () => login(wrong)));
    expect(countOf(answers, 401)).toBe(5);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(95);
    for (const { retryAfter } of refused) expect([1, 2]).toContain(retryAfter);

    await sleep(Math.max(...refused.map(({ retryAfter }) => retryAfter)) * 1000);
    expect((await login(wrong)).status).toBe(401);
    const next = await login(password);
    expect(next.status).toBe(429);
    expect([3, 4]).toContain(next.retryAfter);
    await sleep(next.retryAfter * 1000);
    expect((await login(password)).status).toBe(200);
    // A good login has cleared what was before.
    for (let times = 0; times < 5; times++) expect((await login(wrong)).status).toBe(401);
  });
});

test('past the failures of an account, strangers have a try a minute each and three in all, and a known address goes on', async () => {
  await withService({ LOGIN_FAILURES_PER_ACCOUNT: '3', TRUST_PROXY: '1' }, async (service) => {
    const { email, password } = await createUser(service);
    const login = (address: string, text: string) =>
      loginFrom(service, from(address), { email, password: text });
    await service.http
      .post(paths.login)
      .send({ email, password })
      .set('X-Forwarded-For', '10.9.9.9')
      .expect(200);
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) await login(address, wrong);

    expect((await login('10.0.0.4', wrong)).status).toBe(401);
    const again = await login('10.0.0.4', wrong);
    expect(again.status).toBe(429);
    expect(again.retryAfter).toBeGreaterThan(30);
    expect(again.retryAfter).toBeLessThanOrEqual(60);
    const others = [await login('10.0.0.5', wrong), await login('10.0.0.6', wrong)];
    expect(statusesOf([...others, await login('10.0.0.7', password)])).toEqual([401, 401, 429]);
    // Where the account was made, and where it has logged in.
    await service.http.post(paths.login).send({ email, password }).expect(200);
    expect((await login('10.9.9.9', wrong)).status).toBe(401);
    expect((await login('10.9.9.9', password)).status).toBe(200);
  });
});

test('an e-mail that nobody has is answered and limited like one that somebody has', async () => {
  await withService({ TRUST_PROXY: '1', LOGIN_FAILURES_PER_ACCOUNT: '8' }, async (service) => {
    const { email } = await createUser(service);
    const visible = ({ status, body, headers }: LoginAnswer) => {
      const { date: _, 'x-request-id': _id, ...rest } = headers;
      return { status, body, ...rest, 'ratelimit-remaining': '…', 'ratelimit-reset': '…' };
    };
    const verify = jest.spyOn(service.deps.passwords, 'verify');
    const outcomes = [];
    for (const tried of [email, `nobody.${email}`]) {
      const tryFrom = async (addresses: readonly string[]) => {
        const answers = [];
        for (const address of addresses) {
          answers.push(visible(await loginFrom(service, from(address), { email: tried, password: wrong })));
        }
        return answers;
      };
      verify.mockClear();
      const ofOne = await tryFrom(Array(7).fill('10.1.0.1'));
      const ofMany = await tryFrom(['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.5', '10.1.0.6']);
      outcomes.push({ ofOne, ofMany, checks: verify.mock.calls.length });
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]?.checks).toBe(5 + 5);
  });
});

describe('an address with a hundred failures, where addresses are limited', () => {
  let service: TestService;
  const guesser = '10.2.0.1';

  beforeAll(async () => {
    service = await startTestService({ AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '1000', TRUST_PROXY: '1' });
  });
  afterAll(() => service.close());

  test('is slowed down in login and sign-up, but not for an account that knows it', async () => {
    const { email, password } = await createUser(service);
    const login = (address: string, who: string, text: string) =>
      loginFrom(service, from(address), { email: who, password: text });
    const signUp = (body: object) =>
      service.http.post(paths.signUp).set('X-Forwarded-For', guesser).send(body);
    expect((await login(guesser, email, password)).status).toBe(200);

    // An e-mail that is taken is a failure as well.
    const taken = await Promise.all(Array.from({ length: 50 }, () => signUp({ ...newUserBody(), email })));
    expect(taken.map(({ body }) => body.status_description)).toEqual(Array(50).fill('user_already_exists'));
    const guesses = Array.from({ length: 60 }, (_, at) => login(guesser, `${at}@example.com`, wrong));
    expect(countOf(await Promise.all(guesses), 401)).toBe(50);

    const refused = [await signUp(newUserBody()), await signUp({ ...newUserBody(), email })];
    for (const { status, headers } of refused) {
      expect([status, ['1', '2']]).toEqual([429, expect.arrayContaining([headers['retry-after']])]);
    }
    expect((await login(guesser, 'x@example.com', wrong)).status).toBe(429);
    expect((await login(guesser, email, password)).status).toBe(200);
    expect((await login('10.2.0.2', email, password)).status).toBe(200);
  });

  test('sign-ups that succeed are no failures', async () => {
    const signUps = await Promise.all(
      Array.from({ length: 110 }, () =>
        service.http.post(paths.signUp).set('X-Forwarded-For', '10.2.0.9').send(newUserBody()),
      ),
    );
    expect(signUps.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
