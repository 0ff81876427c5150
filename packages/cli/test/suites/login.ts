import { randomUUID } from 'node:crypto';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { hasTerminal, onTerminal, otas } from '../support/otas';
import { makePerson, type Person, type World } from '../support/world';

export function loginSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  let file: string;
  beforeAll(async () => {
    person = await makePerson(world());
  });
  beforeEach(() => {
    const home = path.join(world().dir, randomUUID());
    env = { XDG_CONFIG_HOME: home, OTAS_UASAM_URL: world().uasam.url, OTAS_BRAIN_URL: world().brain.url };
    file = path.join(home, 'otas', 'credentials.json');
  });
  const logIn = (password = person.password) =>
    otas(['login', '--email', person.email, '--password-stdin'], { env, input: `${password}\n` });

  test('a login is kept in a file for its owner alone, good for other commands, and forgotten by logout', async () => {
    const { code, stdout, stderr } = await logIn();
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ email: person.email, project_id: person.projectId, file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(file))).toEqual(['credentials.json']);
    const kept = await readFile(file, 'utf8');
    expect([kept.includes(person.password), stdout.includes(JSON.parse(kept).user_token)]).toEqual([
      false,
      false,
    ]);
    const listed = await otas(['agents', 'list'], {
      env: { XDG_CONFIG_HOME: env.XDG_CONFIG_HOME as string },
    });
    expect(JSON.parse(listed.stdout).agents).toMatchObject([{ id: person.agentId }]);
    expect(await otas(['logout'], { env })).toMatchObject({ code: 0, stdout: '{"was_logged_in":true}\n' });
    expect(await otas(['agents', 'list'], { env })).toMatchObject({ code: 3, stdout: '' });
    expect(await otas(['logout'], { env })).toMatchObject({ code: 0, stdout: '{"was_logged_in":false}\n' });
  });

  test('a wrong password is 3, an address where nobody answers 5, and nothing is kept', async () => {
    const wrong = await logIn('another sentence');
    expect([wrong.code, wrong.stdout]).toEqual([3, '']);
    expect(wrong.stderr).toBe('otas: UASAM refused: e-mail or password is wrong (login_failed)\n');
    env.OTAS_UASAM_URL = 'http://127.0.0.1:2';
    const away = await logIn();
    expect([away.code, away.stdout]).toEqual([5, '']);
    expect(away.stderr).toBe('otas: UASAM does not answer at http://127.0.0.1:2: nothing listens there\n');
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  test('a fault of usage is 2, with one clear text and no output', async () => {
    const faults: [string[], Record<string, string>][] = [
      [['login', '--password-stdin'], {}],
      [['login'], {}],
      [['login', '--email', 'a@b.c', '--password', 'x'], {}],
      [['login', '--email', 'a@b.c', '--password-stdin', '--uasam-url', 'nowhere'], {}],
      [['projects'], { OTAS_UASAM_URL: 'http://user:pass@127.0.0.1' }],
      [['projects'], { OTAS_UASAM_URL: 'ftp://127.0.0.1' }],
      [['projects', '--json', '--human'], {}],
      [['nothing'], {}],
    ];
    const run = ([args, more]: (typeof faults)[number]) =>
      otas(args, { env: { ...env, ...more }, input: 'pass' });
    for (const { code, stdout, stderr } of await Promise.all(faults.map(run))) {
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^(otas|error): .+\n$/);
      expect(stderr).not.toContain('pass@');
    }
  });

  test('a login that others may read, or that is damaged, is refused with what to do', async () => {
    await logIn();
    await chmod(file, 0o640);
    const readable = await otas(['projects'], { env });
    expect([readable.code, readable.stdout]).toEqual([3, '']);
    expect(readable.stderr).toBe(
      `otas: ${file} can be read by others (mode 0640): chmod 600 it, or log in again\n`,
    );
    expect((await logIn()).code).toBe(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o600);
    expect((await otas(['projects'], { env })).code).toBe(0);
  });

  test('the token of a login is not sent to another UASAM than the one that gave it', async () => {
    await logIn();
    let requests = 0;
    const server = createServer((_req, res) => {
      requests++;
      res.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    env.OTAS_UASAM_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, stderr } = await otas(['projects'], { env });
    server.close();
    expect([code, requests]).toEqual([3, 0]);
    expect(stderr).toContain('its token is not sent there');
  });

  test('a token that is not good is 3, and in no output', async () => {
    const tokens = [
      ['not.a.token', 3],
      [person.userToken.slice(0, -2), 3],
      ['two\nlines', 2],
    ] as const;
    for (const [token, expected] of tokens) {
      const { code, stdout, stderr } = await otas(['projects'], { env: { ...env, OTAS_USER_TOKEN: token } });
      expect([code, stdout]).toEqual([expected, '']);
      expect(stderr).not.toContain(token);
    }
  });

  test('logout everywhere ends the token itself', async () => {
    await logIn();
    const { user_token: token } = JSON.parse(await readFile(file, 'utf8'));
    expect((await otas(['logout', '--everywhere'], { env })).code).toBe(0);
    expect((await otas(['projects'], { env: { ...env, OTAS_USER_TOKEN: token } })).code).toBe(3);
  });

  test('on a terminal the password is asked for, and not shown', async () => {
    if (hasTerminal) {
      const running = onTerminal(['login'], env);
      await running.until(() => running.stdout().includes('E-mail: '));
      running.child.stdin?.write(`${person.email}x\u007f\r`);
      await running.until(() => running.stdout().includes('Password: '));
      running.child.stdin?.write(`${person.password}\r`);
      const { code, stdout } = await running.ended;
      expect([code, stdout.includes(person.email)]).toEqual([0, true]);
      expect(stdout).not.toContain(person.password.slice(0, 6));
      expect(stdout).toContain('project: First');
    }
    expect((await logIn()).code).toBe(0);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ email: person.email });
  });
}
