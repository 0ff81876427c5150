import { parseTime } from '@otas/event-schema';
import { Output } from '../src/output/output';
import { widthOf } from '../src/output/text-width';
import { readItem } from '../src/timeline/item';
import { renderBar, renderBarLine, renderHeading } from '../src/timeline/waterfall';

const begin = parseTime('2026-04-16T14:30:00Z') as number;
const at = (ms: number): string => new Date(begin / 1000 + ms).toISOString();
const call = (ms: number, latency_ms: number, more: object = {}) =>
  readItem({ event_time: at(ms), method: 'GET', path: '/v1/orders/', status_code: 200, latency_ms, ...more });
const step = (ms: number, type: string, more: object = {}) => readItem({ created_at: at(ms), type, ...more });

const items = [
  step(0, 'input_message', { messages: [{ type: 'text', content: 'Tidy\nup' }] }),
  call(1000, 2000),
  call(3000, 500, { status_code: 404, method: 'POST', path: `/v1/${'日本'.repeat(40)}/` }),
  call(3500, 0.2, { status_code: 0, error: 'connect ECONNREFUSED\u001b[2J' }),
  step(4000, 'tool_input', { tool_call_id: 'a', tool_name: 'find', tool_input: { q: 1 } }),
  step(6000, 'tool_output', { tool_call_id: 'a', tool_name: 'find', tool_output: {}, error: true }),
  step(7000, 'tool_input', { tool_call_id: 'b', tool_name: 'order', tool_input: {} }),
  step(8000, 'step_transition_limit_exceeded', { message: 'ten' }),
  { ...call(9000, 1000), isLate: true },
];
const toolCalls = new Map([
  ['a', 2000],
  ['b', null],
]);
const scale = { begin, end: begin + 10_000_000, toolCalls };

function draw(columns: number): string[] {
  const out = new Output({ sink: { columns, write: () => true }, env: {}, form: 'human' });
  const lines = items.map((item) => renderBarLine(out, item, scale));
  return [renderHeading(out), ...lines].join('\n').split('\n');
}

test('a session is drawn with offsets, kinds, status, bars to scale, lengths and marked errors', () => {
  expect(draw(83)).toEqual([
    '  offset    what           code name                                           took',
    '  +0.0 ms   input_message       Tidy\\nup              ·',
    '  +1.0 s    GET            200  /v1/orders/             ████                  2.0 s',
    '× +3.0 s    POST           404  /v1/日本日本日本日本…       █                500 ms',
    '× +3.5 s    GET            0    /v1/orders/                  ▏               0.2 ms',
    '            └ connect ECONNREFUSED\\x1b[2J',
    '  +4.0 s    tool_input          find {"q":1}                  ████            2.0 s',
    '× +6.0 s    tool_output         find {}                           ·',
    '  +7.0 s    tool_input     open order {}                            ·',
    '× +8.0 s    step_transiti…      ten                                   ·',
    '~ +9.0 s    GET            200  /v1/orders/                             ██    1.0 s',
  ]);
});

test('no line is wider than the terminal, from 20 columns on, and errors are marked in each', () => {
  for (let columns = 20; columns <= 200; columns++) {
    const lines = draw(columns);
    for (const line of lines) expect([columns, widthOf(line) <= columns]).toEqual([columns, true]);
    expect(lines.filter((line) => line.startsWith('×'))).toHaveLength(4);
  }
});

test('a bar is never empty, never wider than its column, and says where it goes on beyond the edge', () => {
  for (const width of [8, 13, 40]) {
    for (let startMs = 0; startMs <= 11_000; startMs += 137) {
      for (const tookMs of [null, 0, 1, 333, 5000, 1e9]) {
        const bar = renderBar(begin + startMs * 1000, tookMs, scale, width);
        expect([bar.trim() === '', [...bar].length <= width]).toEqual([false, true]);
        if (tookMs === 1e9) expect(bar.endsWith('›')).toBe(true);
      }
    }
  }
  const whole = renderBar(begin, 10_000, scale, 10);
  expect([whole, renderBar(begin, 5000, scale, 10), renderBar(begin + 5_000_000, 5000, scale, 10)]).toEqual([
    '█'.repeat(10),
    '█'.repeat(5),
    `${' '.repeat(5)}${'█'.repeat(5)}`,
  ]);
  const point = { begin, end: begin, toolCalls };
  expect(renderBar(begin, null, point, 10)).toBe('·');
});
