import { envOf, otas } from '../support/otas';
import {
  beginSession,
  type Json,
  logCalls,
  logSteps,
  makePerson,
  type Person,
  type World,
} from '../support/world';

export function searchSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
  beforeAll(async () => {
    person = await makePerson(world());
    env = envOf(world(), person);
    const second = await beginSession(world(), person.agentKey);
    await logCalls(world(), person, [
      { path: '/v1/orders/', method: 'POST', status_code: 201, latency_ms: 900, event_time: ago(50) },
      { path: '/v1/orders/7', status_code: 404, event_time: ago(40), response_body: 'No such ORDER "é"' },
      { path: '/v1/items/', status_code: 0, error: 'connect ECONNREFUSED', event_time: ago(30) },
      { path: '/v1/old/', status_code: 200, event_time: ago(3 * 1440) },
    ]);
    await logCalls(world(), person, [{ path: '/v2/items/', status_code: 503, event_time: ago(20) }], second);
    await logSteps(world(), person, [
      {
        type: 'tool_input',
        tool_call_id: 'c',
        tool_name: 'find',
        tool_input: { q: 'order' },
        created_at: ago(15),
      },
      {
        type: 'tool_output',
        tool_call_id: 'c',
        tool_name: 'find',
        tool_output: {},
        error: true,
        created_at: ago(10),
      },
    ]);
    // Nobody else's events are found.
    const other = await makePerson(world());
    await logCalls(world(), other, [{ path: '/v1/orders/', status_code: 500 }]);
  });
  const nameOf = (event: Json): string => event.path ?? event.type;

  test.each([
    [[], ['/v1/orders/', '/v1/orders/7', '/v1/items/', '/v2/items/', 'tool_input', 'tool_output']],
    [
      ['--path', '/orders/'],
      ['/v1/orders/', '/v1/orders/7'],
    ],
    [
      ['--path', '/v*/items/'],
      ['/v1/items/', '/v2/items/'],
    ],
    [
      ['--status', '5xx,404'],
      ['/v1/orders/7', '/v2/items/'],
    ],
    [['--status', '>=400', '--path', 'v1'], ['/v1/orders/7']],
    [['--method', 'post', '--min-latency', '500'], ['/v1/orders/']],
    [['--error'], ['/v1/orders/7', '/v1/items/', '/v2/items/', 'tool_output']],
    [['--text', 'order "É"'], ['/v1/orders/7']],
    [['--tool', 'find', '--type', 'tool_input'], ['tool_input']],
    [['--from', '7d', '--until', '1d'], ['/v1/old/']],
    [
      ['--limit', '2', '--agent', 'scout'],
      ['tool_input', 'tool_output'],
    ],
    [['--limit', '0', '--path', '/v', '--from', '25m'], ['/v2/items/']],
    [['--path', 'nowhere'], []],
  ])('%j finds %j, in the order of time, one JSON document a line', async (args, names) => {
    const { code, stdout, stderr } = await otas(['events', 'search', ...args], { env });
    expect([code, stderr]).toEqual([0, '']);
    const found = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(found.map(nameOf)).toEqual(names);
  });

  test('one session alone is searched from its begin, and people get a line for each', async () => {
    const args = ['events', 'search', '--session', person.session.id, '--path', '/v', '--human'];
    const { code, stdout } = await otas(args, { env: { ...env, COLUMNS: '70' } });
    const lines = stdout.split('\n').slice(0, -1);
    const end = person.session.id.slice(-6);
    expect([code, lines.filter((line) => line.includes(`…${end}`)).length]).toEqual([0, 4]);
    expect(lines[0]).toContain('/v1/old/');
    expect(lines.find((line) => line.includes('404'))).toMatch(/^× /);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(70);
  });

  test('filters that nothing can meet, or that cannot be read, are 2', async () => {
    const wrong = [
      ['--path', '/', '--tool', 'x'],
      ['--status', '4x'],
      ['--type', 'x'],
      ['--limit', '-1'],
    ];
    const ended = await Promise.all(wrong.map((args) => otas(['events', 'search', ...args], { env })));
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(wrong.map(() => [2, '']));
  });
}
