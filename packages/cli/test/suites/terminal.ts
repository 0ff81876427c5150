import { envOf, hasTerminal, inBash, onTerminal, otas } from '../support/otas';
import { logCalls, logSteps, makePerson, type Person, type World } from '../support/world';

const esc = '\u001b';
/** What the program itself may send to a terminal: styles, and nothing else. */
const styles = new RegExp(`${esc}\\[\\d+m`, 'g');

export function terminalSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  // An event could retitle the window, clear it, move the cursor, or hide what follows.
  const hostile = `/${esc}]0;title\u0007${esc}[2J\u009b1A\u0000\r\n\u202e\u2066\u200f${esc}[8m`;
  beforeAll(async () => {
    person = await makePerson(world(), `agent${esc}[31m\u202e`);
    env = envOf(world(), person);
    await logCalls(world(), person, [{ path: hostile, method: 'GET', status_code: 500, error: hostile }]);
    await logSteps(world(), person, [
      { type: 'tool_input', tool_call_id: 'a', tool_name: hostile, tool_input: { [hostile]: hostile } },
      { type: 'agent_output', content: hostile },
    ]);
  });

  const commands = [
    ['agents', 'list'],
    ['sessions', 'list'],
    ['session', 'show'],
    ['events', 'search'],
    ['events', 'search', '--json'],
    ['session', 'show', '--json'],
    ['export', '--kind', 'agent_event'],
    ['export', '--format', 'csv'],
  ];

  test('nothing that was recorded controls the terminal, in no command and no form', async () => {
    for (const command of commands) {
      const args = command[1] === 'show' ? [...command, person.session.id] : command;
      const { code, stdout } = hasTerminal
        ? await onTerminal(args, env).ended
        : await otas([...args, '--human'], { env: { ...env, FORCE_COLOR: '1' } });
      expect([args, code]).toEqual([args, 0]);
      // On a terminal each line ends with both.
      const shown = stdout.replace(styles, '').replaceAll('\r\n', '\n').replaceAll('\n', '');
      const isToTerminal = hasTerminal || !/export|json/.test(args.join(' '));
      if (isToTerminal) expect([args, /[\p{Cc}\p{Cf}]/u.exec(shown)?.[0]]).toEqual([args, undefined]);
    }
  });

  test('people get text and colours on a terminal, within its width, and JSON comes elsewhere', async () => {
    const args = ['session', 'show', person.session.id];
    const piped = await otas(args, { env });
    expect(JSON.parse(piped.stdout).events).toHaveLength(3);
    const forced = await otas([...args, '--human'], { env: { ...env, FORCE_COLOR: '1', COLUMNS: '64' } });
    expect(forced.stdout).toMatch(styles);
    const plain = await otas([...args, '--human'], { env: { ...env, COLUMNS: '64' } });
    expect(plain.stdout).toBe(forced.stdout.replace(styles, ''));
    const none = await otas([...args, '--human'], {
      env: { ...env, FORCE_COLOR: '1', NO_COLOR: '1', COLUMNS: '64' },
    });
    expect(none.stdout).toBe(plain.stdout);
    if (!hasTerminal) return;
    const shown = await onTerminal(args, env, 64).ended;
    expect(shown.stdout.replaceAll('\r\n', '\n')).toBe(forced.stdout);
    const json = await onTerminal([...args, '--json'], env).ended;
    expect(JSON.parse(json.stdout)).toEqual(JSON.parse(piped.stdout));
    const dull = await onTerminal(args, { ...env, NO_COLOR: '1' }, 64).ended;
    expect(dull.stdout.replaceAll('\r\n', '\n')).toBe(plain.stdout);
  });

  test('a reader that has had enough ends it quietly', async () => {
    const line = 'set -o pipefail; otas export | true; echo "$?"';
    const { stdout, stderr } = await inBash(line, env);
    expect([stdout, stderr]).toEqual(['0\n', '']);
  });
}
