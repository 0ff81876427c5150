import { escapeText } from './escape';
import type { Output } from './output';
import { cut, fit, widthOf } from './text-width';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'right';
  /** An id: cut, it would be good for nothing. */
  readonly isWhole?: true;
  text(row: Row): string;
}

const gap = '  ';
const columnMin = 4;

/** Rows under titles, within the width of the terminal: the widest columns give way, ids last. What is in them is escaped. */
export async function writeTable<Row>(
  out: Output,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Promise<void> {
  const cells = rows.map((row) => columns.map((column) => escapeText(column.text(row))));
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((_, at) =>
    Math.max(...[titles, ...cells].map((row) => widthOf(row[at] as string))),
  );
  const room = out.width - gap.length * (columns.length - 1);
  const mayGive = columns.map((column) => column.isWhole !== true);
  narrow(widths, room, mayGive);
  const render = (row: readonly string[]): string =>
    cut(
      row.map((cell, at) => fit(cell, widths[at] as number, columns[at]?.align)).join(gap),
      out.width,
    ).trimEnd();
  await out.line(out.style.dim(render(titles)));
  for (const row of cells) await out.line(render(row));
}

/** Takes from the widest of the columns that may give way, until all have room or there is no more to take. */
function narrow(widths: number[], room: number, mayGive: readonly boolean[]): void {
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = Math.max(...widths.filter((_, at) => mayGive[at]));
    if (!(widest > columnMin)) return;
    const at = widths.findLastIndex((width, index) => width === widest && mayGive[index]);
    widths[at] = widest - 1;
  }
}

/** Names and what they stand for, one pair a line. Only the values' own characters are escaped, not styles. */
export function renderPairs(out: Output, pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${out.style.dim(name.padEnd(width))}  ${value}`).join('\n');
}
