import { readJwt } from './support/jwt';
import { startTestService, type TestService } from './support/service';
import { createUser, newUserBody, paths, userHeaders } from './support/tenant';

const wireTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const signUp = (body: object) => service.http.post(paths.signUp).send(body);
const login = (body: object) => service.http.post(paths.login).send(body);

describe('sign-up', () => {
  test('answers with the user and a token of 30 days that holds the documented claims and no others', async () => {
    const body = newUserBody();
    const email = String(body.email);
    const answer = await signUp({ ...body, first_name: '  Ada ', email: ` ${email.toUpperCase()} ` });
    expect(answer.status).toBe(200);
    const { user, jwt_token } = answer.body.response_body;
    expect(answer.body).toEqual({
      status: 1,
      status_description: 'user_created',
      response_body: { user: expect.anything(), jwt_token: expect.any(String) },
    });
    expect(user).toEqual({
      id: expect.stringMatching(uuidV7),
      first_name: 'Ada',
      middle_name: '',
      last_name: 'Lovelace',
      email,
      created_at: expect.stringMatching(wireTime),
      updated_at: expect.stringMatching(wireTime),
    });
    const claims = readJwt(jwt_token);
    expect(Object.keys(claims).sort()).toEqual(['aud', 'email', 'exp', 'iat', 'iss', 'user_id']);
    expect(claims).toMatchObject({ iss: 'otas', aud: 'otas-user', user_id: user.id, email });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(30 * 24 * 60 * 60);
  });

  test.each([
    [{}, 'missing_fields: first_name, last_name, email, password'],
    [{ first_name: 'A', email: '  ' }, 'missing_fields: last_name, email, password'],
    [
      { first_name: 'A', last_name: null, email: 'a@example.com', password: '' },
      'missing_fields: last_name, password',
    ],
    [{ last_name: 5 }, 'missing_fields: first_name, email, password'],
  ])('names what is missing in %j, before anything else', async (body, description) => {
    const answer = await signUp(body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ status: 0, status_description: description, response_body: null });
  });

  test.each([
    ['first_name', 5],
    ['last_name', {}],
    ['last_name', 'x'.repeat(101)],
    ['middle_name', ['x']],
    ['email', 5],
    ['password', 12345678],
    ['password', 'x'.repeat(1025)],
    ['first_name', 'a\u0000b'],
    ['middle_name', '\ud800'],
    ['password', 'eight\u0000chars'],
  ])('refuses %s %j with invalid_request', async (field, value) => {
    const answer = await signUp({ ...newUserBody(), email: 'not an address', [field]: value });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      status: 0,
      status_description: 'invalid_request',
      errors: [{ field, message: expect.any(String) }],
      response_body: null,
    });
  });

  test.each([
    'a',
    '@example.com',
    'a@',
    'a@b@c',
    'a b@example.com',
    'a@exa mple.com',
    'a@.com',
    'a@b..c',
    'a@b.',
    `${'x'.repeat(243)}@example.com`,
    'a\u0000@example.com',
    'a@\ud800.com',
  ])('refuses the e-mail address %j, before it looks at the length of the password', async (email) => {
    const answer = await signUp({ ...newUserBody(), email, password: 'short' });
    expect(answer.status).toBe(400);
    expect(answer.body.status_description).toBe('invalid_email_format');
  });

  test('counts the length of a password in characters', async () => {
    const short = await signUp({ ...newUserBody(), password: '😀'.repeat(7) });
    expect(short.body.status_description).toBe('password_too_short');
    await signUp({ ...newUserBody(), password: '😀'.repeat(8) }).expect(200);
    await signUp({ ...newUserBody(), password: 'x'.repeat(1024) }).expect(200);
  });

  test('takes every e-mail address once, also at the same time and in another case', async () => {
    const body = newUserBody();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((first_name) => signUp({ ...body, first_name })),
    );
    const refused = answers.filter((answer) => answer.status === 400);
    expect(refused).toHaveLength(3);
    for (const { body: refusal } of refused) {
      expect(refusal).toEqual({ status: 0, status_description: 'user_already_exists', response_body: null });
    }
    const again = await signUp({ ...body, email: String(body.email).toUpperCase() });
    expect(again.body.status_description).toBe('user_already_exists');
  });

  test('keeps a password exactly as it was given', async () => {
    const { email, ...names } = newUserBody();
    await signUp({ ...names, email, password: '  spaces around  ' }).expect(200);
    await login({ email, password: '  spaces around  ' }).expect(200);
    await login({ email, password: 'spaces around' }).expect(401);
  });
});

describe('the user of a token', () => {
  test('is shown', async () => {
    const user = await createUser(service);
    const answer = await service.http.post(paths.user).set(userHeaders(user)).send('this is not looked at');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 1,
      status_description: 'user_authenticated',
      response_body: { user: { id: user.id, email: user.email } },
    });
  });

  test.each([paths.user, paths.edit, paths.password, paths.logOutEverywhere])(
    '%s wants a token',
    async (path) => {
      const missing = await service.http.post(path).set('X-OTAS-USER-TOKEN', '');
      expect(missing.status).toBe(400);
      expect(missing.body).toEqual({ status: 0, status_description: 'missing_token', response_body: null });
      const invalid = await service.http.post(path).set('X-OTAS-USER-TOKEN', 'x').send('{');
      expect(invalid.status).toBe(401);
      expect(invalid.body).toEqual({ status: 0, status_description: 'invalid_token', response_body: null });
    },
  );

  test.each(['put', 'post'] as const)('changes the profile (%s)', async (method) => {
    const user = await createUser(service);
    const edit = (body: object) => service.http[method](paths.edit).set(userHeaders(user)).send(body);
    const answer = await edit({ first_name: ' Grace ', last_name: 'Hopper', middle_name: 'B.' });
    expect(answer.status).toBe(200);
    expect(answer.body.status_description).toBe('user_profile_updated');
    const shown = (await service.http.post(paths.user).set(userHeaders(user))).body.response_body.user;
    expect(shown).toEqual(answer.body.response_body.user);
    expect(shown).toMatchObject({ first_name: 'Grace', middle_name: 'B.', last_name: 'Hopper' });
    const cleared = await edit({ first_name: 'Grace', last_name: 'Hopper', middle_name: null });
    expect(cleared.body.response_body.user.middle_name).toBe('');
    for (const body of [{}, { first_name: 'x' }, { first_name: ' ', last_name: 'y' }]) {
      const missing = await edit(body);
      expect(missing.status).toBe(400);
      expect(missing.body).toEqual({
        status: 0,
        status_description: 'missing_required_fields',
        response_body: null,
      });
    }
    const wrong = await edit({ first_name: {}, last_name: 'x'.repeat(101) });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors).toEqual([
      { field: 'first_name', message: 'must be a string' },
      { field: 'last_name', message: 'must have at most 100 characters' },
    ]);
  });
});
