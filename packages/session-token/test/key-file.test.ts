import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  fixedKeys,
  KeyFile,
  type KeyParser,
  KeySet,
  parseSecrets,
  parseSigningKeys,
  SessionTokens,
  secretKeys,
} from '../src';
import { makeEcKey } from './support/forged';

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)];
const session = { sessionId: 's', agentId: 'a', projectId: 'p' };
const nowSeconds = Math.floor(Date.now() / 1000);
const signedWith = (secret: string): string =>
  new SessionTokens(new KeySet(secretKeys([secret])), 'otas').sign(session, nowSeconds);

let dir: string;
let file: string;
let changes: number;
let faults: string[];
let opened: KeyFile | null;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'otas-keys-'));
  file = path.join(dir, 'secrets');
  changes = 0;
  faults = [];
  opened = null;
});
afterEach(() => {
  opened?.stop();
  jest.useRealTimers();
  rmSync(dir, { recursive: true });
});

/** Puts the whole text in place at once, as it should be done. */
function put(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

function open(parse: KeyParser = parseSecrets): KeyFile {
  const error = (fields: object) => void faults.push((fields as { fault: string }).fault);
  opened = new KeyFile({ path: file, parse, log: { info: () => void changes++, error } });
  return opened;
}

test('a secret a line: the first signs, all verify; empty lines and white space do not count', () => {
  put(`\n  ${first}\r\n\n${second}\n`);
  const tokens = new SessionTokens(new KeySet(open()), 'otas');
  expect(tokens.verify(signedWith(second))).toMatchObject(session);
  const ofFirst = new SessionTokens(new KeySet(secretKeys([first])), 'otas');
  expect(ofFirst.verify(tokens.sign(session, nowSeconds))).toMatchObject(session);
});

test('a file that changes is read again within seconds, also where it keeps its size', () => {
  jest.useFakeTimers({ now: Date.now() });
  put(`${first}\n${second}`);
  const tokens = new SessionTokens(new KeySet(open()), 'otas');
  for (const [text, secret] of [
    [`${second}\n${first}`, second],
    [`${first}\n${second}`, first],
  ] as const) {
    put(text);
    jest.advanceTimersByTime(2000);
    const only = new SessionTokens(new KeySet(secretKeys([secret])), 'otas');
    expect(only.verify(tokens.sign(session, nowSeconds))).toMatchObject(session);
  }
  jest.advanceTimersByTime(10_000);
  expect([changes, faults]).toEqual([2, []]);
});

test('a token that names an unknown key makes the file be read at once, and at most once a second', () => {
  put(first);
  const keys = open();
  const tokens = new SessionTokens(new KeySet(keys), 'otas');
  put(`${first}\n${second}`);
  expect(tokens.verify(signedWith(second))).toMatchObject(session);
  const third = 'c'.repeat(32);
  put(`${first}\n${third}`);
  expect(tokens.verify(signedWith(third))).toBeNull();
  expect(changes).toBe(1);
  jest.spyOn(performance, 'now').mockReturnValueOnce(performance.now() + 1000);
  expect(tokens.verify(signedWith(third))).toMatchObject(session);
});

test('a token that was verified ends when its secret is taken out', () => {
  put(`${first}\n${second}`);
  const keys = open();
  const tokens = new SessionTokens(new KeySet(keys), 'otas');
  const token = signedWith(second);
  expect(tokens.verify(token)).toMatchObject(session);
  put(first);
  keys.reload();
  expect(tokens.verify(token)).toBeNull();
  expect(tokens.verify(signedWith(first))).toMatchObject(session);
});

test.each<[string, () => void, string]>([
  ['is gone', () => rmSync(file), 'it cannot be read (ENOENT)'],
  ['is empty', () => put(' \n'), 'there is no secret in it'],
  ['has a short secret', () => put(`${first}\nhunter2`), 'a secret needs at least 32 characters'],
])(
  'a file that %s leaves the keys as they were, is told once, and read again when it is whole',
  (_name, spoil, fault) => {
    put(second);
    const keys = open();
    spoil();
    for (let round = 0; round < 3; round++) keys.reload();
    expect(faults).toEqual([fault]);
    expect(new SessionTokens(new KeySet(keys), 'otas').verify(signedWith(second))).toMatchObject(session);
    put(first);
    keys.reload();
    expect(new SessionTokens(new KeySet(keys), 'otas').verify(signedWith(first))).toMatchObject(session);
    expect([changes, faults]).toEqual([1, [fault]]);
  },
);

test('a file that cannot be used at the start is refused, and the error shows nothing of it', () => {
  expect(() => open()).toThrow(/^it cannot be read \(ENOENT\)$/);
  put('hunter2');
  expect(() => open()).toThrow(/^a secret needs at least 32 characters$/);
});

test('a public key in a file verifies and does not sign', () => {
  const { privateKey, publicKey } = makeEcKey();
  put(publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const tokens = new SessionTokens(new KeySet(open(parseSigningKeys), secretKeys([first])), 'otas');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = new SessionTokens(new KeySet(fixedKeys(parseSigningKeys(pem))), 'otas');
  expect(tokens.verify(signer.sign(session, nowSeconds))).toMatchObject(session);
  const ofFirst = new SessionTokens(new KeySet(secretKeys([first])), 'otas');
  expect(ofFirst.verify(tokens.sign(session, nowSeconds))).toMatchObject(session);
});

test('PEM private keys on P-256 are read in their order, with whatever stands between them', () => {
  const [a, b] = [makeEcKey(), makeEcKey()];
  const sec1 = b.privateKey.export({ type: 'sec1', format: 'pem' });
  put(
    `# the newer one\n${a.pem}\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`,
  );
  expect(open(parseSigningKeys).keys.map((key) => [key.kid, key.algorithm])).toEqual([
    [a.kid, 'ES256'],
    [b.kid, 'ES256'],
  ]);
});

test.each([
  ['no key', 'x', 'there is no key in it'],
  ['a certificate', '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----', 'there is no key in it'],
  ['a key on another curve', makeEcKey('P-384').pem, 'on the curve P-256'],
  ['a damaged key', makeEcKey().pem.replace('M', 'X'), 'on the curve P-256'],
  [
    'a key under a password',
    String(
      makeEcKey().privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    ),
    'on the curve P-256',
  ],
])('a file with %s gives no signing keys', (_name, text, message) => {
  expect(() => parseSigningKeys(text)).toThrow(message);
});
