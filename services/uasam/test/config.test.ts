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
  });
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
