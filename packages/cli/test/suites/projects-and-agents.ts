import path from 'node:path';
import { envOf, otas } from '../support/otas';
import { call, type Json, makePerson, type Person, type World } from '../support/world';

export function projectsAndAgentsSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  beforeAll(async () => {
    person = await makePerson(world());
    env = envOf(world(), person);
  });
  const json = async (args: readonly string[], of = env): Promise<Json> => {
    const { code, stdout, stderr } = await otas(args, { env: of });
    expect([code, stderr.replace(/otas: the key is shown this once.*\n/, '')]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  const verify = async (key: string): Promise<number> => {
    const url = `${world().uasam.url}/api/agent/v1/auth/verify/`;
    return (await fetch(url, { method: 'POST', headers: { 'X-OTAS-AGENT-KEY': key } })).status;
  };

  test('a project is chosen by id or name, from the own ones alone', async () => {
    const other = await makePerson(world());
    const second = { project_name: 'Second' };
    const user = { 'X-OTAS-USER-TOKEN': person.userToken };
    const made = await call('POST', `${world().uasam.url}/api/project/v1/create/`, user, second);
    const home = path.join(world().dir, 'projects');
    const own = { XDG_CONFIG_HOME: home, OTAS_UASAM_URL: world().uasam.url };
    const login = ['login', '--email', person.email, '--password-stdin'];
    const { stdout } = await otas(login, { env: own, input: person.password });
    expect(JSON.parse(stdout).project_id).toBeNull();
    expect(await otas(['agents', 'list'], { env: own })).toMatchObject({ code: 3 });
    expect((await json(['projects', 'use', 'First'], own)).project.id).toBe(person.projectId);
    expect((await json(['agents', 'list'], own)).agents).toHaveLength(1);
    const { id } = made.response_body.project;
    expect((await json(['projects', 'use', id], own)).project.name).toBe('Second');
    const { projects } = await json(['projects'], own);
    expect(projects.map((one: Json) => [one.name, one.is_used])).toEqual([
      ['Second', true],
      ['First', false],
    ]);
    for (const text of [other.projectId, 'Third']) {
      expect(await otas(['projects', 'use', text], { env: own })).toMatchObject({ code: 4, stdout: '' });
    }
    const fromEnv = await otas(['projects', 'use', 'First'], { env });
    expect([fromEnv.code, fromEnv.stdout]).toEqual([3, '']);
  });

  test('a project of others is 3, whatever is asked about it', async () => {
    const other = await makePerson(world());
    const foreign = { ...env, OTAS_PROJECT_ID: other.projectId };
    const commands = [
      ['agents', 'list'],
      ['sessions', 'list'],
      ['session', 'show', other.session.id],
      ['export'],
    ];
    for (const ended of await Promise.all(commands.map((args) => otas(args, { env: foreign })))) {
      expect([ended.code, ended.stdout]).toEqual([3, '']);
      expect(ended.stderr).toContain('user_project_mapping_invalid');
    }
  });

  test('an agent is made, its key works, and only its creation shows the key, with a warning', async () => {
    const args = [
      'agents',
      'create',
      'helper',
      '--provider',
      'test',
      '--description',
      'helps',
      '--ref',
      'agt_helper',
    ];
    const { code, stdout, stderr } = await otas(args, { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/shown this once and never again/);
    const { agent, agent_key: key } = JSON.parse(stdout);
    expect(agent).toMatchObject({ name: 'helper', description: 'helps', agent_ref: 'agt_helper' });
    expect(await verify(key.api_key)).toBe(200);
    const listed = await otas(['agents', 'list', '--human'], { env });
    expect(listed.stdout).toContain(agent.id);
    expect(listed.stdout + (await otas(['agents', 'list'], { env })).stdout).not.toContain(key.api_key);
    const human = await otas(['agents', 'create', 'second', '--provider', 'test', '--human'], { env });
    expect(human.stdout).toMatch(/^agent +second .*\nkey +agent_\w+\ngood until/);
    expect(await verify(/agent_\w+_\w+/.exec(human.stdout)?.[0] as string)).toBe(200);
    const again = await otas(args, { env });
    expect([again.code, again.stdout]).toEqual([1, '']);
    expect(again.stderr).toContain('already_exists');
  });

  test('a key is rotated: the new one works, the old one ends, at once or after the overlap', async () => {
    const { agent, agent_key: first } = await json(['agents', 'create', 'turner', '--provider', 'test']);
    const second = await json(['agents', 'rotate-key', 'turner', '--overlap', '1h', '--days', '2']);
    expect([await verify(first.api_key), await verify(second.agent_key.api_key)]).toEqual([200, 200]);
    const unclear = await otas(['agents', 'rotate-key', agent.id], { env });
    expect([unclear.code, unclear.stdout]).toEqual([2, '']);
    expect(unclear.stderr).toContain('--key');
    const third = await json(['agents', 'rotate-key', `agt_${agent.id}`, '--key', second.agent_key.prefix]);
    const states = [first, second.agent_key, third.agent_key].map(({ api_key: key }) => verify(key));
    expect(await Promise.all(states)).toEqual([200, 401, 200]);
    expect(await otas(['agents', 'rotate-key', 'nobody'], { env })).toMatchObject({ code: 4, stdout: '' });
    for (const wrong of [
      ['--overlap', 'soon'],
      ['--days', '301'],
      ['--days', 'x'],
    ]) {
      const ended = await otas(['agents', 'rotate-key', 'turner', ...wrong], { env });
      expect([ended.code, ended.stdout]).toEqual([2, '']);
    }
  });

  test('a Member lists agents, and makes none: 3', async () => {
    const member = await makePerson(world());
    const admin = { 'X-OTAS-USER-TOKEN': person.userToken, 'X-OTAS-PROJECT-ID': person.projectId };
    const members = `${world().uasam.url}/api/project/v1/members`;
    const { response_body: invited } = await call('POST', `${members}/invite/`, admin, {
      email: member.email,
    });
    const token = { token: invited.token };
    await call('POST', `${members}/accept/`, { 'X-OTAS-USER-TOKEN': member.userToken }, token);
    const asMember = { ...env, OTAS_USER_TOKEN: member.userToken };
    expect((await json(['agents', 'list'], asMember)).agents.length).toBeGreaterThan(0);
    const refused = await otas(['agents', 'create', 'x', '--provider', 'y'], { env: asMember });
    expect([refused.code, refused.stdout]).toEqual([3, '']);
    expect(refused.stderr).toContain('only an Admin of the project may do this');
    expect(await otas(['agents', 'rotate-key', 'scout'], { env: asMember })).toMatchObject({
      code: 3,
      stdout: '',
    });
  });
}
