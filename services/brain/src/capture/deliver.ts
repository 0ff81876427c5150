import type { LogEntry } from '@otas/event-log';
import { type EventStore, EventsRejected, eventKey } from '@otas/event-store';
import { decodeRecord, type LogRecord } from './log-record';

/** What became of records of the log. */
export interface Delivery {
  /** One for each record, in order. */
  readonly outcomes: readonly {
    readonly projectId: string;
    readonly outcome: 'stored' | 'duplicate' | 'dead';
  }[];
  /** The records that have done their duty: stored, or known already. */
  readonly settled: readonly LogEntry[];
  /** The records that ClickHouse will never take as they are. */
  readonly dead: readonly LogEntry[];
}

/**
 * Brings records into ClickHouse, leaving out what is there under another time. Safe to repeat: a record that an
 * earlier try has brought there counts as stored, and its second row is the same event.
 *
 * @throws EventStoreUnavailable when the whole may succeed later
 */
export async function deliver(store: EventStore, entries: readonly LogEntry[]): Promise<Delivery> {
  const decoded = entries.map((entry) => ({ entry, record: decodeRecord(entry.record) }));
  const duplicates = await findDuplicates(
    store,
    decoded.map(({ record }) => record),
  );
  const fresh = decoded.filter(({ record }) => !duplicates.has(record));
  const dead = new Set(await insert(store, fresh));
  const outcomes = decoded.map(({ entry, record }) => {
    const outcome = duplicates.has(record)
      ? ('duplicate' as const)
      : dead.has(entry)
        ? ('dead' as const)
        : ('stored' as const);
    return { projectId: record.projectId, outcome };
  });
  return { outcomes, settled: entries.filter((entry) => !dead.has(entry)), dead: [...dead] };
}

/** The named records whose event was taken in earlier: before them in the list, or in ClickHouse. */
async function findDuplicates(store: EventStore, records: readonly LogRecord[]): Promise<Set<LogRecord>> {
  const named = records.filter((record) => record.isNamed);
  const known = await store.findKnownEvents(named);
  const duplicates = new Set<LogRecord>();
  for (const record of named) {
    const firstCreatedAt = known.get(eventKey(record));
    if (firstCreatedAt === undefined) known.set(eventKey(record), record.createdAt);
    else if (firstCreatedAt !== record.createdAt) duplicates.add(record);
  }
  return duplicates;
}

type Decoded = { readonly entry: LogEntry; readonly record: LogRecord };

/** Inserts all but the rows at fault, which it finds by halving, and gives the entries of those. */
async function insert(store: EventStore, all: readonly Decoded[]): Promise<LogEntry[]> {
  if (all.length === 0) return [];
  try {
    await store.insertBackendEventRows(all.map(({ record }) => record.row));
    return [];
  } catch (error) {
    if (!(error instanceof EventsRejected)) throw error;
    if (all.length === 1) return all.map(({ entry }) => entry);
    const half = Math.ceil(all.length / 2);
    return [...(await insert(store, all.slice(0, half))), ...(await insert(store, all.slice(half)))];
  }
}
