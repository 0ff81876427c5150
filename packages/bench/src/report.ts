import { cpus, loadavg, totalmem } from 'node:os';
import type { Figure, Target } from './bench';

/** Whether a figure is what it should be; null when nothing is asked of it. */
export function isReached({ ratio, target }: Figure): boolean | null {
  if (target === null) return null;
  return target.is === 'at least' ? ratio.median >= target.value : ratio.median <= target.value;
}

/** The figures as a table for people. */
export function toTable(figures: readonly Figure[]): string {
  const head = ['what', 'reference', 'theirs', 'ours', 'ratio', 'spread', 'target', ''];
  const rows = figures.map((figure) => [
    figure.what,
    figure.reference ?? '–',
    figure.theirs === null ? '–' : `${round(figure.theirs.median)} ${figure.unit}`,
    figure.theirs === null ? '–' : `${round(figure.ours.median)} ${figure.unit}`,
    figure.theirs === null
      ? `${round(figure.ratio.median)} ${figure.unit}`.trim()
      : figure.ratio.median.toFixed(2),
    spreadText(figure),
    targetText(figure.target),
    { true: 'reached', false: 'MISSED', null: '' }[String(isReached(figure)) as 'true' | 'false' | 'null'],
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const lines = [head, widths.map((width) => '-'.repeat(width)), ...rows].map(
    (row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`,
  );
  return lines.join('\n');
}

/** The figures and what they were measured on, as JSON for programs. */
export function toJson(
  figures: readonly Figure[],
  run: { readonly durationMs: number; isQuick: boolean },
): string {
  const machine = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    memoryBytes: totalmem(),
    // Above the number of processors, something else was at work too.
    loadAverage: loadavg(),
  };
  const told = figures.map((figure) => ({ ...figure, isReached: isReached(figure) }));
  return JSON.stringify({ at: new Date().toISOString(), ...run, machine, figures: told }, null, 2);
}

function spreadText({ ratio, theirs }: Figure): string {
  const text = theirs === null ? round : (value: number) => value.toFixed(2);
  return `${text(ratio.min)}–${text(ratio.max)}`;
}

function targetText(target: Target | null): string {
  if (target === null) return '–';
  return `${target.is === 'at least' ? '≥' : '≤'} ${target.value}`;
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
