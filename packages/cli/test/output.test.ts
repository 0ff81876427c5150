import { escapeJson, escapeLines, escapeText } from '../src/output/escape';
import { formatDuration } from '../src/output/format';
import { Output } from '../src/output/output';
import { isColourWanted } from '../src/output/style';
import { writeTable } from '../src/output/table';
import { cut, fit, widthOf } from '../src/output/text-width';

const everyUnit = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).join('');
const everyTag = Array.from({ length: 0x80 }, (_, at) => String.fromCodePoint(0xe0000 + at)).join('');

test('of all characters none that controls a terminal, or is invisible, is left; the others stay as they are', () => {
  const shown = escapeText(everyUnit + everyTag);
  expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  expect(escapeText(`a\n\t\r\u001b[0m\u009b\u202e${everyUnit[0xd800]}${[...everyTag][0x41]}`)).toBe(
    'a\\n\\t\\r\\x1b[0m\\x9b\\u{202e}\\u{d800}\\u{e0041}',
  );
  expect(escapeText('plain "text" – größer, 日本語 👍')).toBe('plain "text" – größer, 日本語 👍');
});

test('JSON keeps its value and its line feeds, and CSV its lines', () => {
  const value = { text: everyUnit.slice(0, 0xd800) + everyTag, list: [1] };
  const text = `${JSON.stringify(value, null, 1)}\n`;
  const shown = escapeJson(text);
  expect(JSON.parse(shown)).toEqual(value);
  expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(escapeLines('a\u001b\nb\r\n')).toBe('a\\x1b\nb\\r\n');
});

test('a text is as wide as a terminal shows it, and is cut to a width, never in the middle of a character', () => {
  expect(['abc', '日本', 'e\u0301', '👍', ''].map(widthOf)).toEqual([3, 4, 1, 2, 0]);
  expect([cut('日本語', 5), cut('日本語', 4), cut('abc', 2), cut('abc', 0)]).toEqual([
    '日本…',
    '日…',
    'a…',
    '',
  ]);
  for (let width = 0; width < 12; width++) {
    for (const text of ['日本語日本語', 'plain text and more', 'e\u0301e\u0301e\u0301', 'a日b👍c']) {
      expect(widthOf(fit(text, width))).toBe(width);
    }
  }
});

test('colours are for terminals, unless somebody says otherwise', () => {
  const cases: [Record<string, string>, boolean, boolean][] = [
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  ];
  for (const [env, isTerminal, isWanted] of cases) expect(isColourWanted(env, isTerminal)).toBe(isWanted);
});

test('a length of time is short', () => {
  const shown = [0, 84.24, 99.96, 999.9, 59_940, 59_960, 3_599_400, 7_260_000].map(formatDuration);
  expect(shown).toEqual(['0.0 ms', '84.2 ms', '100 ms', '1000 ms', '59.9 s', '1m 0s', '59m 59s', '2h 1m']);
});

function collect(columns: number): { out: Output; text: () => string } {
  let text = '';
  const sink = {
    columns,
    write: (data: string | Uint8Array, done: () => void) => {
      text += data;
      done();
      return true;
    },
  };
  return { out: new Output({ sink, env: {}, form: 'human' }), text: () => text };
}

test.each([20, 40, 60, 100])('a table fits into %d columns, and ids are cut last', async (columns) => {
  const { out, text } = collect(columns);
  const rows = [{ id: '0'.repeat(18), name: 'long '.repeat(20) }];
  await writeTable(out, rows, [
    { title: 'id', isWhole: true, text: ({ id }) => id },
    { title: 'name', text: ({ name }) => name },
  ]);
  const lines = text().split('\n').slice(0, -1);
  for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  expect(lines[1]?.startsWith('0'.repeat(18))).toBe(true);
});
