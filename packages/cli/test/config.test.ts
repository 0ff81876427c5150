import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configDirOf, LoginFile } from '../src/config/login-file';
import { readSettings } from '../src/config/settings';

let dir: string;
let file: LoginFile;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-config-'));
  file = new LoginFile(path.join(dir, 'otas'), 'linux');
});
afterEach(() => rm(dir, { recursive: true }));

const login = {
  uasamUrl: 'http://uasam.example',
  brainUrl: 'http://brain.example',
  email: 'ada@example.com',
  userToken: 'a.b.c',
  projectId: 'p',
};

test('the directory is the one that the system has for configuration', () => {
  const of = (platform: NodeJS.Platform, env: Record<string, string>) =>
    configDirOf({ env, platform, homeDir: '/home/ada' });
  expect(of('linux', {})).toBe('/home/ada/.config/otas');
  expect(of('darwin', { XDG_CONFIG_HOME: '/conf' })).toBe('/conf/otas');
  expect(of('linux', { XDG_CONFIG_HOME: 'relative' })).toBe('/home/ada/.config/otas');
  expect(of('win32', { APPDATA: '/roaming' })).toBe(path.join('/roaming', 'otas'));
});

test('a login is written whole, over another too, and leaves nothing beside it', async () => {
  expect(await file.find()).toBeNull();
  await file.write({ ...login, projectId: null });
  await file.write(login);
  expect(await file.find()).toEqual(login);
  expect(await readdir(path.dirname(file.path))).toEqual(['credentials.json']);
  expect((await stat(file.path)).mode & 0o777).toBe(0o600);
});

test('a login that cannot be written is told in one line, and its token is left nowhere', async () => {
  await mkdir(file.path, { recursive: true });
  await expect(file.write(login)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/credentials\.json cannot be written \(E[A-Z]+\)$/),
  });
  expect(await readdir(path.dirname(file.path))).toEqual(['credentials.json']);
});

test('a login that is damaged is refused, and not shown', async () => {
  await file.write(login);
  const text = await readFile(file.path, 'utf8');
  for (const damaged of [text.slice(0, 100), '{}', '[]', 'null']) {
    await writeFile(file.path, damaged);
    await expect(file.find()).rejects.toThrow(`${file.path} is damaged: log in again`);
  }
});

test('the environment goes before the login, and a token in it takes nothing from the login', async () => {
  await file.write(login);
  expect(await readSettings({}, file)).toMatchObject({
    ...{ uasamUrl: login.uasamUrl, userToken: 'a.b.c' },
    projectId: 'p',
  });
  expect(await readSettings({ OTAS_PROJECT_ID: 'q', OTAS_BRAIN_URL: 'http://b/' }, file)).toMatchObject({
    brainUrl: 'http://b',
    userToken: 'a.b.c',
    projectId: 'q',
  });
  expect(await readSettings({ OTAS_USER_TOKEN: 'd.e.f' }, file)).toMatchObject({
    uasamUrl: 'http://127.0.0.1:8000',
    userToken: 'd.e.f',
    projectId: null,
  });
  expect(await readSettings({ OTAS_UASAM_URL: 'http://other' }, file)).toMatchObject({
    userToken: null,
    projectId: null,
  });
});
