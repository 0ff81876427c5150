import type { LogEntry } from '@otas/event-log';
import type { Micros } from '@otas/event-schema';
import { type DeadLetter, type EventStore, EventsRejected, eventKey } from '@otas/event-store';
import { decodeRecord, type LogRecord } from './log-record';

const reasonMaxLength = 500;

/** What became of records of the log, by project: all are in ClickHouse, but `dead` of them only as dead letters. */
export interface Delivery {
  readonly countByProject: ReadonlyMap<string, { readonly delivered: number; readonly dead: number }>;
  readonly dead: ReadonlySet<LogEntry>;
}

/**
 * Brings records into ClickHouse, leaving out what is there under another time. Safe to repeat: the second row of a
 * record that an earlier try has brought there is the same event.
 *
 * @throws EventStoreUnavailable when the whole may succeed later
 */
export async function deliver(
  store: EventStore,
  entries: readonly LogEntry[],
  now: Micros,
): Promise<Delivery> {
  const decoded = entries.map((entry) => ({ entry, record: decodeRecord(entry.record) }));
  const known = await findKnown(
    store,
    decoded.map(({ record }) => record),
  );
  const fresh = decoded.filter(({ record }) => !known.has(record));
  const named = fresh.filter(({ record }) => record.naming !== 'unnamed');
  await store.insertEventIds(named.map(({ record }) => record));
  const letters = await insert(store, fresh);
  if (letters.length > 0) await store.insertDeadLetters(letters.map(toDeadLetter), false, now);
  await settleRaces(
    store,
    decoded.map(({ record }) => record),
  );
  const dead = new Set(letters.map(({ entry }) => entry));
  return { dead, countByProject: countByProject(decoded, dead) };
}

/** The named records whose event was taken in earlier: before them in the list, or in ClickHouse. */
async function findKnown(store: EventStore, records: readonly LogRecord[]): Promise<Set<LogRecord>> {
  const named = records.filter((record) => record.naming !== 'unnamed');
  const stored = await store.findKnownEvents(named);
  const firsts = new Map([...stored].map(([key, { firstCreatedAt }]) => [key, firstCreatedAt]));
  const known = new Set<LogRecord>();
  for (const record of named) {
    const first = firsts.get(eventKey(record));
    if (first === undefined) firsts.set(eventKey(record), record.createdAt);
    else if (first !== record.createdAt) known.add(record);
  }
  return known;
}

/**
 * Two instances that are sent the same untimed event at the same moment both find it new and store it, each under its
 * own time. Whoever stores last sees both and leaves the one that was taken in first; so does who comes back after it
 * was cut before it could look.
 */
async function settleRaces(store: EventStore, records: readonly LogRecord[]): Promise<void> {
  const untimed = records.filter((record) => record.naming === 'untimed');
  const known = await store.findKnownEvents(untimed);
  for (const record of untimed) {
    const found = known.get(eventKey(record));
    if (found?.hasTwin === true) await store.removeLaterTwins(record, found.firstCreatedAt);
  }
}

interface Decoded {
  readonly entry: LogEntry;
  readonly record: LogRecord;
}

interface Dead extends Decoded {
  readonly reason: string;
}

/** Inserts all but the rows at fault, which it finds by halving, and gives those. */
async function insert(store: EventStore, all: readonly Decoded[]): Promise<Dead[]> {
  if (all.length === 0) return [];
  try {
    await store.insertBackendEventRows(all.map(({ record }) => record.row));
    return [];
  } catch (error) {
    if (!(error instanceof EventsRejected)) throw error;
    if (all.length === 1) return all.map((one) => ({ ...one, reason: reasonOf(error) }));
    const half = Math.ceil(all.length / 2);
    return [...(await insert(store, all.slice(0, half))), ...(await insert(store, all.slice(half)))];
  }
}

function reasonOf(error: EventsRejected): string {
  return error.cause instanceof Error ? error.cause.message.slice(0, reasonMaxLength) : 'unknown';
}

function toDeadLetter({ entry, record, reason }: Dead): DeadLetter {
  const { projectId, eventId, createdAt } = record;
  return { projectId, eventId, createdAt, record: entry.record.toString(), reason };
}

function countByProject(
  decoded: readonly Decoded[],
  dead: ReadonlySet<LogEntry>,
): Delivery['countByProject'] {
  const counts = new Map<string, { delivered: number; dead: number }>();
  for (const { entry, record } of decoded) {
    const count = counts.get(record.projectId) ?? { delivered: 0, dead: 0 };
    count.delivered++;
    if (dead.has(entry)) count.dead++;
    counts.set(record.projectId, count);
  }
  return counts;
}
