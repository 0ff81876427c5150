import type { Micros } from '@otas/event-schema';
import { escapeText } from '../output/escape';
import { formatDuration } from '../output/format';
import type { Output } from '../output/output';
import { fit } from '../output/text-width';
import type { Item } from './item';
import { errorLines, joinCells, markOf, paintOf, widths } from './item-line';

/** What a session's waterfall is drawn on. */
export interface Scale {
  readonly begin: Micros;
  /** What happens later is cut at the right edge. */
  readonly end: Micros;
  /** Of tool calls, by id: how long until the answer; null: never answered. */
  readonly toolCalls: ReadonlyMap<string, number | null>;
}

const [offsetWidth, barMin, nameMin] = [10, 8, 12];
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

interface Layout {
  readonly name: number;
  /** 0 where the terminal is too narrow for bars. */
  readonly bar: number;
}

/** The bars take half of what the other columns leave, and nothing in a terminal too narrow for them. */
function layOut({ width }: Output): Layout {
  const { mark, what, status, duration } = widths;
  const left = width - mark - offsetWidth - what - 1 - status - 1 - duration;
  const bar = Math.floor(left / 2);
  return bar < barMin ? { name: Math.max(nameMin, left), bar: 0 } : { name: left - bar, bar };
}

/** The names of the columns. */
export function renderHeading(out: Output): string {
  const { name, bar } = layOut(out);
  const head = ' '.repeat(widths.mark) + fit('offset', offsetWidth) + fit('what', widths.what + 1);
  const rest =
    fit('code', widths.status) +
    fit('name', name + 1) +
    ' '.repeat(bar) +
    fit('took', widths.duration, 'right');
  return joinCells([[head + rest, out.style.dim]], out.width);
}

/** An event as a line of at most the terminal's width with a bar to scale, and one more with its error. */
export function renderBarLine(out: Output, item: Item, scale: Scale): string {
  const { name, bar } = layOut(out);
  const paint = paintOf(out, item);
  const plain = (text: string): string => text;
  const took = tookOf(item, scale);
  const offset = formatOffset((item.time - scale.begin) / 1000);
  const line = joinCells(
    [
      [fit(markOf(item), widths.mark), paint],
      [fit(offset, offsetWidth), out.style.dim],
      [`${fit(escapeText(item.what), widths.what)} `, plain],
      [fit(statusOf(item, took), widths.status), paint],
      [`${fit(escapeText(item.name), name)} `, plain],
      [bar === 0 ? '' : fit(renderBar(item.time, took.ms, scale, bar), bar), paint],
      [fit(took.ms === null ? '' : formatDuration(took.ms), widths.duration, 'right'), out.style.dim],
    ],
    out.width,
  );
  return [line, ...errorLines(out, item, widths.mark + offsetWidth)].join('\n');
}

interface Took {
  /** Null for what has no length. */
  readonly ms: number | null;
  readonly isUnanswered: boolean;
}

function tookOf({ latencyMs, what, toolCallId }: Item, { toolCalls }: Scale): Took {
  if (latencyMs !== null) return { ms: latencyMs, isUnanswered: false };
  if (what !== 'tool_input' || toolCallId === null) return { ms: null, isUnanswered: false };
  const ms = toolCalls.get(toolCallId);
  return { ms: ms ?? null, isUnanswered: ms === null };
}

function statusOf({ statusCode }: Item, { isUnanswered }: Took): string {
  if (statusCode !== null) return String(statusCode);
  return isUnanswered ? 'open' : '';
}

function formatOffset(ms: number): string {
  return ms < 0 ? `-${formatDuration(-ms)}` : `+${formatDuration(ms)}`;
}

/**
 * A bar from when it began, as long as it took, exact to an eighth of a column and never empty; `·` for what has no length,
 * `›` at the edge where it goes on beyond.
 */
export function renderBar(time: Micros, tookMs: number | null, scale: Scale, width: number): string {
  const total = Math.max(1, scale.end - scale.begin);
  const share = (time - scale.begin) / total;
  const start = Math.min(width - 1, Math.max(0, Math.floor(share * width)));
  const space = ' '.repeat(start);
  if (tookMs === null) return `${space}·`;
  const length = Math.max(1, Math.round(((tookMs * 1000) / total) * width * 8));
  const room = (width - start) * 8;
  if (length > room) return `${space}${'█'.repeat(width - start - 1)}›`;
  return space + '█'.repeat(Math.floor(length / 8)) + eighths[length % 8];
}
