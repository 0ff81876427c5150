import { envOf, inBash, otas } from '../support/otas';
import {
  beginSession,
  call,
  type Json,
  logCalls,
  logSteps,
  makePerson,
  type Person,
  readTimeline,
  type World,
} from '../support/world';

export function sessionsSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  beforeAll(async () => {
    person = await makePerson(world());
    env = envOf(world(), person);
  });

  test('sessions are listed over all agents, newest first, and filtered as UASAM does', async () => {
    const tidy = await beginSession(world(), person.agentKey, { task: 'tidy', run: { id: 7 }, exact: 1 });
    const created = await otas(['agents', 'create', 'other', '--provider', 'test'], { env });
    const { agent, agent_key: key } = JSON.parse(created.stdout);
    const ofOther = await beginSession(world(), key.api_key, { task: 'sort' });
    const list = async (...args: string[]): Promise<Json[]> => {
      const { code, stdout, stderr } = await otas(['sessions', 'list', ...args], { env });
      expect([code, stderr]).toEqual([0, '']);
      return JSON.parse(stdout).sessions;
    };
    const [all, some, tidied, few] = await Promise.all([
      list(),
      list('--agent', 'other', '--from', '1h'),
      list('--meta', 'task=tidy', '--meta', 'run.id=7', '--status', 'active'),
      list('--limit', '2', '--until', '2200-01-01'.concat('T00:00:00Z')),
    ]);
    expect(all.map(({ id }) => id)).toEqual([ofOther.id, tidy.id, person.session.id]);
    expect(some).toMatchObject([{ id: ofOther.id, agent_id: agent.id, meta: { task: 'sort' } }]);
    expect([tidied.map(({ id }) => id), few.length]).toEqual([[tidy.id], 2]);
    const human = await otas(['sessions', 'list', '--human', '--agent', person.agentId], { env });
    expect(
      human.stdout
        .split('\n')
        .slice(1, 3)
        .map((line) => line.slice(0, 36)),
    ).toEqual([tidy.id, person.session.id]);
    const wrong = [
      ['--status', 'x'],
      ['--from', 'x'],
      ['--meta', 'x'],
      ['--limit', '0'],
    ];
    const faults = await Promise.all(wrong.map((args) => otas(['sessions', 'list', ...args], { env })));
    expect(faults.map(({ code, stdout }) => [code, stdout])).toEqual(wrong.map(() => [2, '']));
  });

  test('a session or an agent of another project is not found: 4', async () => {
    const other = await makePerson(world());
    const commands = [
      ['session', 'show', other.session.id],
      ['session', 'show', other.session.id, '--agent', other.agentId],
      ['session', 'tail', `ase_${other.session.id}`],
      ['sessions', 'list', '--agent', other.agentId],
      ['export', '--session', other.session.id],
      ['events', 'search', '--agent', `agt_${other.agentId}`],
    ];
    for (const ended of await Promise.all(commands.map((args) => otas(args, { env })))) {
      expect([ended.code, ended.stdout]).toEqual([4, '']);
    }
    expect(await otas(['session', 'show', 'x'], { env })).toMatchObject({ code: 2, stdout: '' });
  });

  test('a session is one JSON document with all that Brain gives, every digit kept', async () => {
    const of = await makePerson(world());
    await logCalls(world(), of, [{ path: '/exact', metadata: { count: 1 } }]);
    const url = `${world().brain.url}/api/v1/backend/log/agent/`;
    const headers = { 'X-OTAS-AGENT-KEY': of.agentKey, 'X-OTAS-AGENT-SESSION-TOKEN': of.session.token };
    const body = `{"project_id":"${of.projectId}","path":"/big","method":"GET","status_code":200,"latency_ms":1,
      "metadata":{"n":12345678901234567890123}}`;
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(201);
    await logSteps(world(), of, [{ type: 'thinking', content: 'hmm' }]);
    const { code, stdout, stderr } = await otas(['session', 'show', of.session.id], {
      env: envOf(world(), of),
    });
    expect([code, stderr]).toEqual([0, '']);
    const document = JSON.parse(stdout);
    expect(document.events).toEqual(await readTimeline(world(), of));
    expect(stdout).toContain('{"n":12345678901234567890123}');
    expect(document).toMatchObject({
      session: { id: of.session.id, status: 'active' },
      agent: { id: of.agentId, name: 'scout' },
      summary: { counts: { total: 3, backend_event: 2, agent_event: 1 } },
    });
  });

  test('more than ten thousand events are drawn, each in a line of its own within the width, and head ends it quietly', async () => {
    const of = await makePerson(world());
    const begin = Date.now() - 60_000;
    const at = (count: number): string => new Date(begin + count).toISOString();
    const calls = Array.from({ length: 10_050 }, (_, count) => ({
      event_time: at(count * 5),
      path: `/call/${count}/`,
      status_code: count % 100 === 0 ? 500 : 200,
      latency_ms: 40,
    }));
    await logCalls(world(), of, calls);
    const ofEnv = { ...envOf(world(), of), COLUMNS: '90' };
    const [shown, headed] = await Promise.all([
      otas(['session', 'show', '--human', of.session.id], { env: ofEnv }),
      inBash(`set -o pipefail; otas session show --human ${of.session.id} | head -n 9`, ofEnv),
    ]);
    expect([shown.code, shown.stderr]).toEqual([0, '']);
    const lines = shown.stdout.split('\n').slice(0, -1);
    expect(Math.max(...lines.map((line) => line.length))).toBe(90);
    const drawn = lines.filter((line) => line.includes('/call/'));
    expect(drawn.map((line) => /\/call\/\d+\//.exec(line)?.[0])).toEqual(calls.map(({ path }) => path));
    expect(drawn.filter((line) => line.startsWith('×'))).toHaveLength(101);
    // To scale: half of the time lies in the left half of the bars.
    const columns = drawn.map((line) => line.search(/[▏▎▍▌▋▊▉█›]/));
    const [first, last] = [columns[0] as number, columns.at(-1) as number];
    expect(columns[5025]).toBe(first + Math.round((last - first) / 2));
    expect(columns).toEqual([...columns].sort((one, other) => one - other));
    expect([headed.code, headed.stderr]).toEqual([0, '']);
    expect(headed.stdout.split('\n')).toHaveLength(10);
  });

  test('an ended session says so, and one without events too', async () => {
    const of = await makePerson(world());
    const url = `${world().uasam.url}/api/agent/v1/session/end/`;
    await call('POST', url, { ...of.reader }, { session_id: of.session.id });
    const args = ['session', 'show', '--human', of.session.id, '--agent', 'scout'];
    const { code, stdout } = await otas(args, { env: envOf(world(), of) });
    expect([code, stdout.includes(`${of.session.id}  ended, begun`)]).toEqual([0, true]);
    expect(stdout).toMatch(/no events\n$/);
  });
}
