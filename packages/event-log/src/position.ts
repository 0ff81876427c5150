/** A place in the log; a record that was appended later has a later place. */
export type LogPosition = readonly [epoch: number, count: number];

/** Negative when `a` is before `b`, 0 when they are the same place. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** The place of the record that comes `count` records later in the same transaction. */
export function laterBy(position: LogPosition, count: number): LogPosition {
  return [position[0], position[1] + count];
}
