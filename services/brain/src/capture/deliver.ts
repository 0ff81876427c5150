import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEntry } from '@otas/event-log';
import type { Micros } from '@otas/event-schema';
import { type DeadLetter, type EventStore, EventsRejected, eventKey } from '@otas/event-store';
import { decodeRecord, type LogRecord } from './log-record';

const reasonMaxLength = 500;
/** Ample for an instance that has stored an event to look for its twin. */
const otherInstanceMs = 100;

/** What became of records of the log. */
export interface Delivery {
  /** One for each record, in order. */
  readonly outcomes: readonly {
    readonly projectId: string;
    readonly outcome: 'stored' | 'duplicate' | 'dead';
  }[];
  /** The records that ClickHouse will never take as they are; it keeps them as dead letters. */
  readonly dead: ReadonlySet<LogEntry>;
}

/**
 * Brings records into ClickHouse, leaving out what is there under another time. Safe to repeat: a record that an
 * earlier try has brought there counts as stored, and its second row is the same event.
 *
 * @throws EventStoreUnavailable when the whole may succeed later
 */
export async function deliver(
  store: EventStore,
  entries: readonly LogEntry[],
  now: Micros,
): Promise<Delivery> {
  const decoded = entries.map((entry) => ({ entry, record: decodeRecord(entry.record) }));
  const duplicates = await findDuplicates(
    store,
    decoded.map(({ record }) => record),
  );
  const fresh = decoded.filter(({ record }) => !duplicates.has(record));
  const letters = await insert(store, fresh);
  if (letters.length > 0) await store.insertDeadLetters(letters.map(toDeadLetter), false, now);
  const dead = new Set(letters.map(({ entry }) => entry));
  const stored = fresh.filter(({ entry }) => !dead.has(entry)).map(({ record }) => record);
  for (const late of await settleRaces(store, stored)) duplicates.add(late);
  const outcomes = decoded.map(({ entry, record }) => {
    const outcome = duplicates.has(record)
      ? ('duplicate' as const)
      : dead.has(entry)
        ? ('dead' as const)
        : ('stored' as const);
    return { projectId: record.projectId, outcome };
  });
  return { outcomes, dead };
}

/** The named records whose event was taken in earlier: before them in the list, or in ClickHouse. */
async function findDuplicates(store: EventStore, records: readonly LogRecord[]): Promise<Set<LogRecord>> {
  const named = records.filter((record) => record.naming !== 'unnamed');
  const known = await store.findKnownEvents(named);
  const duplicates = new Set<LogRecord>();
  for (const record of named) {
    const first = known.get(eventKey(record));
    if (first === undefined)
      known.set(eventKey(record), { firstCreatedAt: record.createdAt, hasTwin: false });
    else if (first.firstCreatedAt !== record.createdAt) duplicates.add(record);
  }
  return duplicates;
}

/**
 * Two instances that are sent the same untimed event at the same moment both find it new and store it, each under its
 * own time. Whoever stores last sees both; the one that was taken in first stays.
 *
 * @returns those of the given records that count as known already, so that each event counts as stored once
 */
async function settleRaces(store: EventStore, stored: readonly LogRecord[]): Promise<LogRecord[]> {
  const untimed = stored.filter((record) => record.naming === 'untimed');
  const { late, early } = await findTwins(store, untimed);
  for (const twin of late) await store.removeLaterTwins(twin.record, twin.firstCreatedAt);
  if (early.length === 0) return late.map(({ record }) => record);
  // The instance of a later twin removes it and counts it as known, unless it looked before ours was there: then it
  // has counted it as stored, and ours takes its place.
  await sleep(otherInstanceMs);
  const { early: unnoticed } = await findTwins(
    store,
    early.map(({ record }) => record),
  );
  for (const twin of unnoticed) await store.removeLaterTwins(twin.record, twin.firstCreatedAt);
  return [...late, ...unnoticed].map(({ record }) => record);
}

interface Twin {
  readonly record: LogRecord;
  readonly firstCreatedAt: Micros;
}

/** The records that have a twin: `late` ones that were taken in after it, and `early` ones. */
async function findTwins(
  store: EventStore,
  records: readonly LogRecord[],
): Promise<{ late: Twin[]; early: Twin[] }> {
  const known = await store.findKnownEvents(records);
  const twins = records.flatMap((record) => {
    const found = known.get(eventKey(record));
    return found?.hasTwin === true ? [{ record, firstCreatedAt: found.firstCreatedAt }] : [];
  });
  const isLate = ({ record, firstCreatedAt }: Twin) => record.createdAt !== firstCreatedAt;
  return { late: twins.filter(isLate), early: twins.filter((twin) => !isLate(twin)) };
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
