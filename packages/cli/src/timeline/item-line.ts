import { escapeText } from '../output/escape';
import { clockTime, formatDuration } from '../output/format';
import type { Output } from '../output/output';
import { cut, fit, widthOf } from '../output/text-width';
import type { Item } from './item';

/** Columns of what stands in every line about an event. */
export const widths = { mark: 2, what: 14, status: 5, duration: 9 } as const;

type Paint = (text: string) => string;

/** Red for what failed, yellow for what was refused, and nothing for the rest. */
export function paintOf({ style }: Pick<Output, 'style'>, { isError, statusCode }: Item): Paint {
  if (!isError) return (text) => text;
  const isRefusal = statusCode !== null && statusCode >= 400 && statusCode < 500;
  return isRefusal ? style.yellow : style.red;
}

/** `×` for an error, `~` for one that came late; colours alone would not do. */
export function markOf({ isError, isLate }: Item): string {
  return isError ? '×' : isLate ? '~' : '';
}

/** The lines under one that failed, with the reason; none when the event does not say it. */
export function errorLines({ width, style }: Output, { error }: Item, indent: number): string[] {
  if (error === null) return [];
  const shown = `└ ${escapeText(error.slice(0, 2000))}`;
  return [' '.repeat(Math.min(indent, width - 8)) + style.red(cut(shown, Math.max(8, width - indent)))];
}

/**
 * An event as a line of at most the terminal's width, and one more with its error: mark, time, what, status, name, duration.
 * `lead` stands between the time and the rest.
 */
export function renderItem(out: Output, item: Item, lead = ''): string {
  const paint = paintOf(out, item);
  const time = clockTime(item.time);
  const duration = item.latencyMs === null ? '' : formatDuration(item.latencyMs);
  const head = widths.mark + time.length + 2 + lead.length;
  const nameWidth = out.width - head - widths.what - 1 - widths.status - widths.duration;
  const cells: (readonly [string, Paint])[] = [
    [fit(markOf(item), widths.mark), paint],
    [`${time}  `, out.style.dim],
    [lead, out.style.dim],
    [`${fit(escapeText(item.what), widths.what)} `, (text) => text],
    [fit(item.statusCode === null ? '' : String(item.statusCode), widths.status), paint],
    [fit(escapeText(item.name), Math.max(0, nameWidth)), (text) => text],
    [fit(duration, widths.duration, 'right'), out.style.dim],
  ];
  return [joinCells(cells, out.width), ...errorLines(out, item, head)].join('\n');
}

/** Cells side by side, cut at the width and without spaces at the end. */
export function joinCells(cells: readonly (readonly [string, Paint])[], width: number): string {
  let left = width;
  const shown = cells.map(([text, paint]) => {
    const kept = cut(text, left);
    left -= widthOf(kept);
    return [kept, paint] as const;
  });
  while (shown.length > 0 && (shown.at(-1)?.[0] ?? '').trim() === '') shown.pop();
  return shown.map(([text, paint], at) => paint(at === shown.length - 1 ? text.trimEnd() : text)).join('');
}
