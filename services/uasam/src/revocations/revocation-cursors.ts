import type { FeedCursor } from './revocations.store';

const pattern = /^(\d{1,20})(?:\.(\d{1,20})\.(\d{1,19}))?$/;
const [xidMax, idMax] = [2n ** 64n - 1n, 2n ** 63n - 1n];

/** A cursor as text, which readers send back and need not understand. */
export function writeFeedCursor({ floor, position }: FeedCursor): string {
  return position === null ? String(floor) : `${floor}.${position.xid}.${position.id}`;
}

/** Null when it is not one that {@link writeFeedCursor} can have made. */
export function readFeedCursor(text: string): FeedCursor | null {
  const match = pattern.exec(text);
  if (match === null) return null;
  const [floor, xid, id] = [match[1], match[2] ?? '0', match[3] ?? '0'].map((digits) =>
    BigInt(digits as string),
  );
  if (floor === undefined || xid === undefined || id === undefined) return null;
  if (floor > xidMax || xid > xidMax || id > idMax) return null;
  return { floor, position: match[2] === undefined ? null : { xid, id } };
}
