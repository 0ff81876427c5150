import { createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, send } from './support/http';
import { type Services, startServices } from './support/services';
import { SteadyLoad } from './support/steady-load';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';

let dir: string;
let services: Services;
let tenant: Tenant;
let load: SteadyLoad | null = null;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-rotation-'));
});
afterEach(async () => {
  await load?.finish();
  await services.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Puts a whole text in place at once, as an operator should. */
async function put(name: string, text: string): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return file;
}

const makeSecret = (): string => randomBytes(32).toString('base64url');
const headerOf = (token: string): { alg: string; kid: string } =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

const capture = (token: string): Promise<Answer> =>
  send(
    'POST',
    `${services.brain.url}/api/v1/backend/log/agent/`,
    { ...tenant.agent, 'X-OTAS-AGENT-SESSION-TOKEN': token },
    minimalEvent(tenant),
  );
const beginSession = (): Promise<Answer> =>
  send('POST', `${services.uasam.url}/api/agent/v1/session/create/`, tenant.agent, {});
const showUser = (token: string): Promise<Answer> =>
  send('POST', `${services.uasam.url}/api/user/v1/authenticate/`, { 'X-OTAS-USER-TOKEN': token });

/** The tokens that were handed out, by how they are signed. */
interface Seen {
  readonly sessions: Set<string>;
  readonly users: Set<string>;
}

/** Agents that begin sessions and write, people who log in and read, with tokens and cursors of now and of the beginning. */
async function startLoad(): Promise<Seen> {
  const seen = { sessions: new Set<string>(), users: new Set<string>() };
  const note = (set: Set<string>, token: string): string => {
    const { alg, kid } = headerOf(token);
    set.add(`${alg} ${kid}`);
    return token;
  };
  const person = { email: `${randomUUID()}@example.com`, password: 'correct horse' };
  const names = { first_name: 'Ada', last_name: 'Test' };
  await send('POST', `${services.uasam.url}/api/user/v1/create/`, {}, { ...names, ...person });
  for (let count = 0; count < 2; count++) await capture(tenant.sessionToken);
  const events = `${services.brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}&limit=1`;
  const cursor = (await send('GET', events, tenant.reader)).body.next_cursor;
  expect(cursor).toEqual(expect.any(String));

  load = new SteadyLoad({
    'a new session': async () => {
      const begun = await beginSession();
      if (begun.status >= 300) return begun;
      return capture(note(seen.sessions, begun.body.response.jwt_token));
    },
    'the session of the beginning': () => capture(tenant.sessionToken),
    'a login': async () => {
      const login = await send('POST', `${services.uasam.url}/api/user/v1/login/`, {}, person);
      if (login.status >= 300) return login;
      return showUser(note(seen.users, login.body.response.jwt_token));
    },
    'the user of the beginning': () => showUser(tenant.userToken),
    'a read': () => send('GET', events, tenant.reader),
    'the cursor of the beginning': () => send('GET', `${events}&cursor=${cursor}`, tenant.reader),
  });
  return seen;
}

/** Both kinds of token have been signed in as many ways by now, and every kind of request was answered since. */
async function untilSigned(seen: Seen, ways: number): Promise<void> {
  while (seen.sessions.size < ways || seen.users.size < ways) await sleep(20);
  await load?.answered(3);
}

const readKeys = (): void => {
  for (const { pid } of [services.uasam, services.brain]) process.kill(pid, 'SIGHUP');
};

test('secrets are rotated under load without one request refused, and end when they are taken out', async () => {
  const [user, session] = [makeSecret(), makeSecret()];
  const files = {
    USER_TOKEN_SECRETS_FILE: await put('user', user),
    SESSION_TOKEN_SECRETS_FILE: await put('session', session),
  };
  const none = { USER_TOKEN_SECRETS: '', SESSION_TOKEN_SECRETS: '' };
  services = await startServices({ ...files, ...none, WEB_CONCURRENCY: '2' });
  tenant = await makeTenant(services);
  const seen = await startLoad();
  await untilSigned(seen, 1);

  const [newUser, newSession] = [makeSecret(), makeSecret()];
  await put('user', `${user}\n${newUser}\n`);
  await put('session', `${session}\n${newSession}\n`);
  readKeys();
  await load?.answered(3);
  await put('user', `${newUser}\n${user}\n`);
  await put('session', `${newSession}\n${session}\n`);
  await untilSigned(seen, 2);
  await load?.finish();
  expect(load?.refusals).toEqual([]);

  const begun = (await beginSession()).body.response.jwt_token;
  await put('user', newUser);
  await put('session', newSession);
  for (const [ask, refusal] of [
    [() => capture(tenant.sessionToken), '401 invalid_or_expired_token'],
    [() => showUser(tenant.userToken), '401 invalid_token'],
  ] as const) {
    let answer = await ask();
    while (answer.status < 300) answer = await ask();
    expect(`${answer.status} ${answer.body.status_description}`).toBe(refusal);
  }
  expect((await capture(begun)).status).toBe(201);
});

test('ES256 takes over from the secrets and its keys are rotated under load without one request refused', async () => {
  const [first, second] = [makePem(), makePem()];
  const publicHalf = createPublicKey(first).export({ type: 'spki', format: 'pem' }).toString();
  services = await startServices({
    TOKEN_SIGNING_KEYS_FILE: await put('keys.pem', publicHalf),
    SESSION_TOKEN_JWKS: '1',
    WEB_CONCURRENCY: '2',
  });
  tenant = await makeTenant(services);
  expect(headerOf(tenant.sessionToken).alg).toBe('HS256');
  const seen = await startLoad();
  await untilSigned(seen, 1);

  await put('keys.pem', first);
  await untilSigned(seen, 2);
  await put('keys.pem', first + second);
  readKeys();
  await load?.answered(3);
  await put('keys.pem', second + first);
  await untilSigned(seen, 3);
  await load?.finish();
  expect(load?.refusals).toEqual([]);
  const algorithms = [...seen.sessions].map((way) => way.split(' ')[0]);
  expect(algorithms).toEqual(['HS256', 'ES256', 'ES256']);
  expect((await capture(tenant.sessionToken)).status).toBe(201);

  const { keys } = (await send('GET', `${services.uasam.url}/.well-known/jwks.json`)).body;
  const kids = keys.map((key: { kid: string }) => `ES256 ${key.kid}`);
  expect(kids).toEqual([...seen.sessions].slice(1).reverse());
});

function makePem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
