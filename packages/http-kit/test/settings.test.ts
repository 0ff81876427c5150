import { describeSettings, parseSettings, SettingsError, settings } from '../src';

const declared = {
  PORT: settings.integer('Port', '', 8000, 0, 65_535),
  SECRETS: settings.secrets('Secrets'),
  DATABASE_URL: settings.url('Database', ['postgresql:'], null),
  ORIGINS: settings.list('Origins', '*'),
  LEVEL: settings.choice('Level', ['low', 'high'], 'low'),
};
const good = { SECRETS: `${'a'.repeat(32)}, ${'b'.repeat(40)}`, DATABASE_URL: 'postgresql://x/y' };

test('what is not given has its default, and an empty value counts as not given', () => {
  expect(parseSettings(declared, { ...good, PORT: '', LEVEL: 'high' })).toEqual({
    PORT: 8000,
    SECRETS: ['a'.repeat(32), 'b'.repeat(40)],
    DATABASE_URL: 'postgresql://x/y',
    ORIGINS: ['*'],
    LEVEL: 'high',
  });
});

test('all faults are reported at once, and none with its value', () => {
  const environment = { PORT: '70000', SECRETS: 'too-short-a-secret', LEVEL: 'middle' };
  let caught: unknown;
  try {
    parseSettings(declared, environment);
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(SettingsError);
  const { faults, message } = caught as SettingsError;
  expect(faults.map((fault) => fault.split(/[: ]/)[0])).toEqual(['PORT', 'SECRETS', 'DATABASE_URL', 'LEVEL']);
  expect(message).not.toContain('too-short-a-secret');
});

test('there is no default secret', () => {
  expect(declared.SECRETS.defaultText).toBeNull();
});

test('every setting is described with meaning, unit and default', () => {
  expect(describeSettings({ PORT: declared.PORT, SECRETS: declared.SECRETS })).toBe(
    '# Port (default 8000)\nPORT=8000\n\n' +
      '# Secrets (comma-separated, at least 32 characters each, required)\nSECRETS=',
  );
});
