/** A place in the log; a record that was appended later has a later place. */
export type LogPosition = readonly [epoch: number, count: number];

/** A record with its place. */
export interface LogEntry {
  readonly position: LogPosition;
  readonly record: Buffer;
}

/** Negative when `a` is before `b`, 0 when they are the same place. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  return a[0] - b[0] || a[1] - b[1];
}
