import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './support/environment';
import { type Spread, spreadOf } from './support/statistics';

/** What a line of the bench works with. */
export interface Bench {
  readonly env: Environment;
  readonly rounds: number;
  /** How long one side runs in one round. */
  readonly roundMs: number;
  readonly warmUpMs: number;
  /** Events in the large table. */
  readonly storedEvents: number;
  /** Events that wait while ClickHouse is down. */
  readonly waitingEvents: number;
  /** How long the full load of the memory line lasts. */
  readonly fullLoadMs: number;
  /** Tells whoever waits what is being done. */
  progress(text: string): void;
}

/** One line of the table. */
export interface Figure {
  readonly line: string;
  readonly what: string;
  /** Null: the figure stands for itself. */
  readonly reference: string | null;
  readonly unit: string;
  readonly theirs: Spread | null;
  readonly ours: Spread;
  /** Of each round ours by theirs; without a reference the figure itself. */
  readonly ratio: Spread;
  /** Null: measured for information. */
  readonly target: Target | null;
}

export interface Target {
  readonly is: 'at least' | 'at most';
  readonly value: number;
}

export interface Line {
  readonly name: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** One of the sides that are compared. */
export interface Side {
  /** Works for `durationMs` and gives what was measured, always as many numbers in the same order. */
  run(durationMs: number): Promise<number[]>;
}

const pauseMs = 250;

/**
 * Warms all sides up, then lets them work by turns (A B A B …).
 *
 * @returns by side, then by number, then by round
 */
export async function alternate(bench: Bench, sides: readonly Side[]): Promise<number[][][]> {
  for (const side of sides) await side.run(bench.warmUpMs);
  const measured: number[][][] = sides.map(() => []);
  for (let round = 0; round < bench.rounds; round++) {
    for (const [at, side] of sides.entries()) {
      await sleep(pauseMs);
      const numbers = await side.run(bench.roundMs);
      for (const [index, number] of numbers.entries()) {
        const bySide = measured[at] as number[][];
        bySide[index] ??= [];
        bySide[index].push(number);
      }
    }
  }
  return measured;
}

/** A figure from the rounds of two sides. */
export function compare(
  theirs: readonly number[],
  ours: readonly number[],
  words: Pick<Figure, 'line' | 'what' | 'unit' | 'target'> & { readonly reference: string },
): Figure {
  const ratios = ours.map((our, round) => our / (theirs[round] as number));
  return { ...words, theirs: spreadOf(theirs), ours: spreadOf(ours), ratio: spreadOf(ratios) };
}
