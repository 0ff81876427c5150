import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSecrets, readOrMakeSecrets } from '../src';
import { givenServiceTokens } from '../src/secrets';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-secrets-'));
  file = path.join(dir, 'secrets.json');
});
afterEach(() => rm(dir, { recursive: true }));

test('secrets are made once, are whole, and are for their owner alone', async () => {
  const secrets = await readOrMakeSecrets(dir);
  expect(secrets.UASAM_SERVICE_TOKEN).toBe(secrets.SERVICE_TOKENS);
  expect(new Set(Object.values(secrets)).size).toBe(4);
  for (const secret of Object.values(secrets)) expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await readOrMakeSecrets(dir)).toEqual(secrets);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a file of an earlier version gets what it lacks, and keeps what it has', async () => {
  const { SERVICE_TOKENS: _, UASAM_SERVICE_TOKEN: __, ...earlier } = makeSecrets();
  await writeFile(file, JSON.stringify(earlier));
  const secrets = await readOrMakeSecrets(dir);
  expect(secrets).toMatchObject(earlier);
  expect(secrets.SERVICE_TOKENS).toMatch(/^[\w-]{43}$/);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(secrets);
  expect(await readOrMakeSecrets(dir)).toEqual(secrets);
});

test.each<[string, (secrets: Record<string, unknown>) => unknown]>([
  ['is not JSON', () => '{'],
  ['lacks the pepper', ({ KEY_PEPPER: _, ...rest }) => rest],
  ['lacks one of two service tokens', ({ SERVICE_TOKENS: _, ...rest }) => rest],
  ['holds a number', (secrets) => ({ ...secrets, UASAM_SERVICE_TOKEN: 1 })],
])('a file that %s is refused, and left as it is', async (_, damage) => {
  const damaged = damage({ ...makeSecrets() });
  const text = typeof damaged === 'string' ? damaged : JSON.stringify(damaged);
  await writeFile(file, text);
  await expect(readOrMakeSecrets(dir)).rejects.toThrow('is damaged');
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('service tokens that are given for one side are those of the other side too', () => {
  expect(givenServiceTokens({})).toEqual({});
  expect(givenServiceTokens({ SERVICE_TOKENS: 'a, b' })).toEqual({
    SERVICE_TOKENS: 'a, b',
    UASAM_SERVICE_TOKEN: 'a',
  });
  const one = { UASAM_SERVICE_TOKEN: 'b' };
  expect(givenServiceTokens(one)).toEqual({ SERVICE_TOKENS: 'b', UASAM_SERVICE_TOKEN: 'b' });
  const both = { SERVICE_TOKENS: 'a,b', UASAM_SERVICE_TOKEN: 'b' };
  expect(givenServiceTokens(both)).toEqual(both);
});
