import { envOf, otas, type Running, startOtas } from '../support/otas';
import { logCalls, logSteps, makePerson, type Person, type World } from '../support/world';

export function tailSuite(world: () => World): void {
  let person: Person;
  const running: Running[] = [];
  beforeEach(async () => {
    person = await makePerson(world());
  });
  afterEach(() => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
  });
  const tail = (args: readonly string[], env: Record<string, string>): Running => {
    const one = startOtas(['session', 'tail', person.session.id, ...args], { env });
    running.push(one);
    return one;
  };
  const idsOf = (one: Running): string[] => {
    const lines = one.stdout().split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line)).map((event) => event.event_id ?? event.id);
  };

  test('what arrives is told as it comes, over two restarts of Brain, each event once, until Ctrl-C: 130', async () => {
    const first = await world().startBrain();
    const port = new URL(first.url).port;
    const before = await logCalls({ brain: first }, person, [{ path: '/1' }, { path: '/2' }, { path: '/3' }]);
    const one = tail(['-n', '2'], { ...envOf(world(), person), OTAS_BRAIN_URL: first.url });
    await one.until(() => idsOf(one).length === 2);
    const ids = before.slice(1);
    ids.push(...(await logCalls({ brain: first }, person, [{ path: '/4' }])));
    await one.until(() => idsOf(one).length === 3);
    let brain = first;
    for (const how of ['stop', 'kill'] as const) {
      await brain[how]();
      // Through another Brain, while the stream is down.
      ids.push(...(await logCalls(world(), person, [{ path: `/${how}` }])));
      brain = await world().startBrain({ BRAIN_PORT: port });
      ids.push(...(await logCalls({ brain }, person, [{ path: `/after-${how}` }])));
      await one.until(() => idsOf(one).length === ids.length);
    }
    expect(idsOf(one)).toEqual(ids);
    expect(one.stderr()).toMatch(/^(otas: .*; trying again\n)+$/);
    expect(one.stderr()).toContain('stopping');
    one.child.kill('SIGINT');
    expect((await one.ended).code).toBe(130);
  });

  test('for people it is a line for each, calls and steps, with nothing that a terminal would obey', async () => {
    const one = tail(['--human'], { ...envOf(world(), person), COLUMNS: '80' });
    await logCalls(world(), person, [
      { path: '/\u001b[2J\u009b31m\nx', status_code: 0, error: 'gone\u0007' },
    ]);
    await logSteps(world(), person, [{ type: 'agent_output', content: 'done \u202ereversed' }]);
    await one.until(() => one.stdout().includes('agent_output'));
    const [call, error, step] = one.stdout().split('\n') as [string, string, string];
    expect(call).toMatch(/^× \d\d:\d\d:\d\d\.\d{3} {2}GET +0 +\/\\x1b\[2J\\x9b31m\\nx +1\.5 ms$/);
    expect(error.trim()).toBe('└ gone\\x07');
    expect(step).toMatch(/^ {2}\S+ {2}agent_output +done \\u\{202e\}reversed$/);
    expect([call.length, step.length <= 80]).toEqual([80, true]);
  });

  test('with -n 0 only what is new comes; a bad token is 3, a count that is none 2', async () => {
    await logCalls(world(), person, [{ path: '/old' }]);
    const one = tail(['-n', '0'], envOf(world(), person));
    const env = { ...envOf(world(), person), OTAS_USER_TOKEN: 'none' };
    const [refused, wrong] = await Promise.all([
      tail([], env).ended,
      otas(['session', 'tail', 'x', '-n', 'y']),
    ]);
    expect([refused.code, refused.stdout, wrong.code]).toEqual([3, '', 2]);
    let ids: string[] = [];
    for (let count = 0; idsOf(one).length === 0; count++) {
      ids = [...ids, ...(await logCalls(world(), person, [{ path: `/new/${count}` }]))];
    }
    expect(ids).toContain(idsOf(one)[0]);
  });
}
