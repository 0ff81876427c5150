import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { createLogger, listen, type SettingsError, stopListening } from '@otas/http-kit';
import {
  fixedKeys,
  KeySet,
  parseSigningKeys,
  publicJwkOf,
  SessionTokens,
  secretKeys,
} from '@otas/session-token';
import { JwksClient } from '@otas/uasam-client';
import { readBrainConfig } from '../src/config';
import { CursorCodec } from '../src/reads/cursor';
import { cursorSecretsOf } from '../src/reads/cursor-secrets';
import { JwksKeys } from '../src/tokens/jwks-keys';
import { SessionVerifier } from '../src/tokens/session-verifier';

const session = { sessionId: 's', agentId: 'a', projectId: 'p' };
const nowSeconds = Math.floor(Date.now() / 1000);

/** Signs as UASAM does, and gives the public half. */
function makeSigner() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = parseSigningKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const tokens = new SessionTokens(new KeySet(fixedKeys(keys)), 'otas');
  return { jwk: keys.map(publicJwkOf)[0] as object, sign: () => tokens.sign(session, nowSeconds) };
}

const secret = 'a secret of at least thirty-two characters';
const bySecret = () => new SessionTokens(new KeySet(secretKeys([secret])), 'otas').sign(session, nowSeconds);

/** What UASAM answers next; null: it is away. */
let answer: { status: number; text: string } | null;
let asked: string[];
let uasam: http.Server;
let url: string;
beforeAll(async () => {
  uasam = http.createServer((req, res) => {
    asked.push(`${req.method} ${req.url} ${req.headers['cache-control']}`);
    if (answer === null) return void req.socket.destroy();
    res.writeHead(answer.status).end(answer.text);
  });
  url = `http://127.0.0.1:${await listen(uasam, '127.0.0.1', 0)}`;
});
afterAll(() => stopListening(uasam, 100));

let opened: JwksKeys | null = null;
beforeEach(() => {
  asked = [];
});
afterEach(() => opened?.stop());

const publish = (...keys: unknown[]): void => {
  answer = { status: 200, text: JSON.stringify({ keys }) };
};
function open({ pauseMs = 20, intervalMs = 3_600_000 } = {}): SessionVerifier {
  const client = new JwksClient(url, 1000);
  opened = new JwksKeys({ client, logger: createLogger('test', 'silent'), intervalMs, pauseMs });
  return new SessionVerifier(new SessionTokens(new KeySet(secretKeys([secret]), opened), 'otas'), opened);
}
const refusal = async (verifying: unknown): Promise<string> => {
  const claims = await Promise.resolve(verifying).catch((error: Error) => error);
  return claims instanceof Error ? claims.message : 'none';
};

test("a token that is signed with one of UASAM's keys is verified, from then on without a promise", async () => {
  const signer = makeSigner();
  publish({ kty: 'oct', k: 'AA' }, null, signer.jwk);
  const verifier = open();
  const token = signer.sign();
  expect(await verifier.verify(token)).toMatchObject(session);
  expect(verifier.verify(token)).toMatchObject(session);
  expect(verifier.verify(signer.sign())).toMatchObject(session);
  expect(asked).toEqual(['GET /.well-known/jwks.json no-cache']);
});

test('a token with a secret, and one that is none, never wait for UASAM', async () => {
  answer = null;
  const verifier = open();
  expect(verifier.verify(bySecret())).toMatchObject(session);
  for (const token of ['', 'nonsense', bySecret().slice(0, -2), 'e30.e30.e30']) {
    expect(verifier.verify(token)).toBeNull();
  }
  expect(await refusal(verifier.verify(makeSigner().sign()))).toBe('auth_service_error');
});

test('a key that comes while tokens of it arrive is asked for once, and refuses none of them', async () => {
  const [older, newer] = [makeSigner(), makeSigner()];
  publish(older.jwk);
  const verifier = open();
  expect(await verifier.verify(older.sign())).toMatchObject(session);
  publish(newer.jwk, older.jwk);
  const tokens = Array.from({ length: 50 }, () => newer.sign());
  const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
  expect(claims.every((one) => one?.sessionId === 's')).toBe(true);
  expect(asked).toHaveLength(2);
  expect(verifier.verify(older.sign())).toMatchObject(session);
});

test('however many tokens name keys that nobody has, UASAM is asked once in a pause, and each is refused', async () => {
  publish(makeSigner().jwk);
  const pauseMs = 200;
  const verifier = open({ pauseMs });
  const forged = Array.from({ length: 60 }, () => makeSigner().sign());
  const beganMs = performance.now();
  const atOnce = forged.slice(0, 50).map((token) => verifier.verify(token));
  expect(await Promise.all(atOnce)).toEqual(Array(50).fill(null));
  for (const token of forged.slice(50)) expect(await verifier.verify(token)).toBeNull();
  expect(asked.length).toBeLessThanOrEqual(2 + (performance.now() - beganMs) / pauseMs);
});

test('as long as UASAM has never answered its tokens are neither refused nor let through, and then they are good', async () => {
  answer = null;
  const signer = makeSigner();
  const verifier = open();
  expect(await refusal(verifier.verify(signer.sign()))).toBe('auth_service_error');
  for (const [status, text] of [
    [500, '{}'],
    [404, '{"status": 0}'],
    [200, 'nonsense'],
    [200, '{}'],
    [200, '{"keys": {}}'],
  ] as const) {
    answer = { status, text };
    expect(await refusal(verifier.verify(signer.sign()))).toBe('auth_service_error');
  }
  publish(signer.jwk);
  expect(await verifier.verify(signer.sign())).toMatchObject(session);
});

test('while UASAM is away the keys that were there go on, and an unknown one is not refused', async () => {
  const signer = makeSigner();
  publish(signer.jwk);
  const verifier = open();
  await verifier.verify(signer.sign());
  answer = null;
  expect(await refusal(verifier.verify(makeSigner().sign()))).toBe('auth_service_error');
  expect(verifier.verify(signer.sign())).toMatchObject(session);
});

test('keys come and go without anybody asking for them', async () => {
  const [older, newer] = [makeSigner(), makeSigner()];
  publish(older.jwk);
  const verifier = open({ intervalMs: 20 });
  const token = older.sign();
  expect(await verifier.verify(token)).toMatchObject(session);
  publish(newer.jwk);
  const tokenOfNewer = newer.sign();
  let claims = verifier.verify(tokenOfNewer);
  while (claims instanceof Promise) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    claims = verifier.verify(tokenOfNewer);
  }
  expect(claims).toMatchObject(session);
  expect(await verifier.verify(token)).toBeNull();
});

test('a cursor goes on while the secrets rotate, and ends with its own', () => {
  const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)];
  const source = { ...secretKeys([older]) };
  const cursors = new CursorCodec(cursorSecretsOf(source));
  const other = new CursorCodec(cursorSecretsOf(secretKeys([older, newer])));
  const place = { eventTime: 1, eventId: '01a20138-9cc4-77a1-9b2d-111f3fbc3b34' };
  const first = cursors.write(place, session);
  source.keys = secretKeys([newer, older]).keys;
  const second = cursors.write(place, session);
  expect(second).not.toBe(first);
  for (const cursor of [first, second]) {
    expect([cursors.read(cursor, session), other.read(cursor, session)]).toEqual([place, place]);
  }
  source.keys = secretKeys([newer]).keys;
  expect(() => cursors.read(first, session)).toThrow('invalid_cursor');
  expect(cursors.read(second, session)).toEqual(place);
});

test('secrets may be left out where there are public keys, and then cursors need their own', () => {
  const others = { CLICKHOUSE_URL: 'http://127.0.0.1:8123', UASAM_SERVICE_TOKEN: secret };
  const faultsOf = (more: Record<string, string>): readonly string[] => {
    try {
      readBrainConfig({ ...others, ...more });
      return [];
    } catch (error) {
      return (error as SettingsError).faults;
    }
  };
  expect(faultsOf({})).toEqual(['SESSION_TOKEN_SECRETS or SESSION_TOKEN_SECRETS_FILE is missing']);
  expect(faultsOf({ SESSION_TOKEN_SECRETS: secret })).toEqual([]);
  expect(faultsOf({ SESSION_TOKEN_JWKS: '1' })).toEqual([
    expect.stringMatching(/^CURSOR_SECRETS is missing/),
  ]);
  expect(faultsOf({ SESSION_TOKEN_JWKS: '1', CURSOR_SECRETS: secret })).toEqual([]);
  expect(faultsOf({ SESSION_TOKEN_JWKS: '1', SESSION_TOKEN_SECRETS: secret })).toEqual([]);
});
