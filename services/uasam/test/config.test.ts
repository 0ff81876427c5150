import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describeSettings, SettingsError } from '@otas/http-kit';
import { readConfig, uasamSettings } from '../src/config';
import { testEnvironment } from './support/service';

const environment = { ...testEnvironment, DATABASE_URL: 'postgresql://user:secret@localhost/db' };

test('every setting but the secrets and the database has a default', () => {
  const { DATABASE_URL, USER_TOKEN_SECRETS, SESSION_TOKEN_SECRETS, KEY_PEPPER, SERVICE_TOKENS } = environment;
  const secrets = { USER_TOKEN_SECRETS, SESSION_TOKEN_SECRETS, KEY_PEPPER, SERVICE_TOKENS };
  const config = readConfig({ DATABASE_URL, ...secrets });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8000,
    internalPort: null,
    passwordMinLength: 8,
    requestMaxBytes: 5 * 1024 * 1024,
    authAttemptsPerAddressPerMinute: 60,
    loginFailuresPerAccount: 50,
    trustProxy: false,
    corsOrigins: ['*'],
    publicUrls: { uasam: 'http://127.0.0.1:8000', brain: 'http://127.0.0.1:8002' },
  });
});

test('where agents reach the services follows the port of UASAM, or is what was given, without a slash at its end', () => {
  const urlsOf = (more: Record<string, string>) => readConfig({ ...environment, ...more }).publicUrls;
  expect(urlsOf({ UASAM_PORT: '9000' }).uasam).toBe('http://127.0.0.1:9000');
  const given = { UASAM_PUBLIC_URL: 'https://otas.test/u//', BRAIN_PUBLIC_URL: 'https://otas.test' };
  expect(urlsOf(given)).toEqual({ uasam: 'https://otas.test/u', brain: 'https://otas.test' });
  expect(() => urlsOf({ BRAIN_PUBLIC_URL: 'ftp://otas.test' })).toThrow(SettingsError);
});

test('all faults are reported together, and none shows a value', () => {
  const faultyEnvironment = {
    ...{ DATABASE_URL: 'mysql://root:hunter2@db', KEY_PEPPER: 'hunter2', UASAM_PORT: 'hunter2' },
    ...{ USER_TOKEN_SECRETS: 'hunter2,hunter2', TRUST_PROXY: 'hunter2', REQUEST_MAX_BYTES: '-1' },
    UASAM_INTERNAL_PORT: 'hunter2',
  };
  const read = () => readConfig(faultyEnvironment);
  expect(read).toThrow(SettingsError);
  try {
    read();
  } catch (error) {
    const { message } = error as Error;
    for (const name of [...Object.keys(faultyEnvironment), 'SESSION_TOKEN_SECRETS', 'SERVICE_TOKENS']) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain('hunter2');
  }
});

test('every setting says what it means', () => {
  for (const [name, setting] of Object.entries(uasamSettings)) {
    expect(setting.meaning.length).toBeGreaterThan(10);
    expect(describeSettings(uasamSettings)).toContain(`\n${name}=`);
  }
});

test('the secrets of a kind of token come from the setting or from a file, and session tokens need none beside an EC key', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uasam-config-'));
  try {
    const [secrets, keys, short] = ['secrets', 'keys.pem', 'short'].map((name) => path.join(dir, name));
    writeFileSync(secrets as string, `${'s'.repeat(40)}\n`);
    writeFileSync(short as string, 'hunter2');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(keys as string, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const read = (more: Record<string, string | undefined>) => () => readConfig({ ...environment, ...more });

    expect(read({ USER_TOKEN_SECRETS: '', USER_TOKEN_SECRETS_FILE: secrets })()).toMatchObject({
      userTokenSecrets: [],
      userTokenSecretsFile: secrets,
    });
    expect(read({ SESSION_TOKEN_SECRETS: '', TOKEN_SIGNING_KEYS_FILE: keys })()).toMatchObject({
      sessionTokenSecrets: [],
      tokenSigningKeysFile: keys,
    });
    expect(read({ USER_TOKEN_SECRETS_FILE: secrets })).toThrow(
      'USER_TOKEN_SECRETS and USER_TOKEN_SECRETS_FILE are both given',
    );
    expect(read({ USER_TOKEN_SECRETS: '', TOKEN_SIGNING_KEYS_FILE: keys })).toThrow(
      'USER_TOKEN_SECRETS or USER_TOKEN_SECRETS_FILE is missing',
    );
    expect(read({ SESSION_TOKEN_SECRETS: ' , ' })).toThrow(
      'SESSION_TOKEN_SECRETS: needs at least one secret',
    );
    const broken = {
      USER_TOKEN_SECRETS: '',
      USER_TOKEN_SECRETS_FILE: short,
      TOKEN_SIGNING_KEYS_FILE: `${dir}/none`,
    };
    expect(read(broken)).toThrow('USER_TOKEN_SECRETS_FILE: a secret needs at least 32 characters');
    expect(read(broken)).toThrow('TOKEN_SIGNING_KEYS_FILE: it cannot be read (ENOENT)');
    expect(read(broken)).not.toThrow('hunter2');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
