import { type LogBlock, type LogPosition, laterBy } from '@otas/event-log';
import type { Micros } from '@otas/event-schema';
import {
  type CapturedEvents,
  type DeadLetter,
  type EventKind,
  type EventStore,
  EventsRejected,
} from '@otas/event-store';
import { decodeRecord, type EventsRecord, encodeAlone, type RecordedEvent } from './log-record';

const reasonMaxLength = 500;

/** What became of records of the log, by project: all are in ClickHouse, but `dead` events only as dead letters. */
export interface Delivery {
  readonly countByProject: ReadonlyMap<string, { readonly delivered: number; readonly dead: number }>;
  /** The records that have a dead event. */
  readonly deadPositions: readonly LogPosition[];
}

/**
 * Brings records into ClickHouse, leaving out what is there under another time. Safe to repeat: the second row of an
 * event that an earlier try has brought there is the same event. Where no event has an id of its own, ClickHouse is asked
 * for one insert and nothing else, and rows are not told apart.
 *
 * @throws EventStoreUnavailable when the whole may succeed later
 */
export async function deliver(
  store: EventStore,
  blocks: readonly LogBlock[],
  now: Micros,
): Promise<Delivery> {
  const parts = toParts(blocks);
  const dead: Dead[] = [];
  for (const kind of new Set(parts.map(({ record }) => record.kind))) {
    dead.push(...(await deliverKind(store.captured[kind], ofKind(parts, kind))));
  }
  if (dead.length > 0) await store.insertDeadLetters(dead.map(toDeadLetter), false, now);
  return { countByProject: countByProject(parts, dead), deadPositions: dead.map(({ position }) => position) };
}

function ofKind(parts: readonly Part[], kind: EventKind): Part[] {
  return parts.filter(({ record }) => record.kind === kind);
}

/** Brings the records of one kind into its table, but for those that it gives. */
async function deliverKind(store: CapturedEvents, parts: readonly Part[]): Promise<Dead[]> {
  const named = parts.flatMap(({ events }) => events ?? []).filter(({ naming }) => naming !== 'unnamed');
  const known = await findKnown(store, named);
  await store.insertIds(named.filter((event) => !known.has(event)));
  const dead = await insert(store, parts, known);
  await settleRaces(store, named);
  return dead;
}

interface Part {
  readonly position: LogPosition;
  readonly record: EventsRecord;
  /** Null where none may be known. */
  readonly events: readonly RecordedEvent[] | null;
}

function toParts(blocks: readonly LogBlock[]): Part[] {
  return blocks.flatMap((block) =>
    block.records.map(({ bytes }, at) => {
      const record = decodeRecord(bytes);
      const events = record.hasNamed ? record.events() : null;
      return { position: laterBy(block.position, at), record, events };
    }),
  );
}

/** The named events that were taken in earlier: before them in the list, or in ClickHouse. */
async function findKnown(
  store: CapturedEvents,
  named: readonly RecordedEvent[],
): Promise<Set<RecordedEvent>> {
  const stored = await store.findKnown(named);
  const firsts = new Map([...stored].map(([key, { firstCreatedAt }]) => [key, firstCreatedAt]));
  const known = new Set<RecordedEvent>();
  for (const event of named) {
    const first = firsts.get(store.keyOf(event));
    if (first === undefined) firsts.set(store.keyOf(event), event.createdAt);
    else if (first !== event.createdAt) known.add(event);
  }
  return known;
}

/**
 * Two instances that are sent the same event at the same moment with different times, or that make its time, both find it
 * new and store it. Whoever stores last sees both and leaves the one that was taken in first; so does who comes back after
 * it was cut before it could look.
 */
async function settleRaces(store: CapturedEvents, named: readonly RecordedEvent[]): Promise<void> {
  const mayDiffer = named.filter(({ naming }) => naming !== 'named');
  const twins = await store.findTwins(mayDiffer);
  for (const event of mayDiffer) {
    const twin = twins.get(store.keyOf(event));
    if (twin !== undefined) await store.removeLaterTwins(event, twin.firstCreatedAt);
  }
}

interface Candidate {
  readonly position: LogPosition;
  readonly event: RecordedEvent;
}

interface Dead extends Candidate {
  readonly reason: string;
}

/** Inserts all events but the known ones and those whose rows are at fault, and gives the latter. */
async function insert(
  store: CapturedEvents,
  parts: readonly Part[],
  known: ReadonlySet<RecordedEvent>,
): Promise<Dead[]> {
  const isFresh = (event: RecordedEvent): boolean => !known.has(event);
  const rows = parts.flatMap(({ record, events }) => {
    if (events === null || events.every(isFresh)) return [record.rows];
    return events.filter(isFresh).map(({ row }) => row);
  });
  if (rows.length === 0) return [];
  try {
    await store.insertRows(rows);
    return [];
  } catch (error) {
    if (!(error instanceof EventsRejected)) throw error;
    const candidates = parts.flatMap(({ position, record, events }) =>
      (events ?? record.events()).filter(isFresh).map((event) => ({ position, event })),
    );
    return isolate(store, candidates, error);
  }
}

/** Inserts those of rejected events that can be, and gives the others, which it finds by halving. */
async function isolate(
  store: CapturedEvents,
  rejected: readonly Candidate[],
  error: EventsRejected,
): Promise<Dead[]> {
  if (rejected.length === 1) return rejected.map((one) => ({ ...one, reason: reasonOf(error) }));
  const middle = Math.ceil(rejected.length / 2);
  const dead: Dead[] = [];
  for (const half of [rejected.slice(0, middle), rejected.slice(middle)]) {
    try {
      await store.insertRows(half.map(({ event }) => event.row));
    } catch (reason) {
      if (!(reason instanceof EventsRejected)) throw reason;
      dead.push(...(await isolate(store, half, reason)));
    }
  }
  return dead;
}

function reasonOf(error: EventsRejected): string {
  return error.cause instanceof Error ? error.cause.message.slice(0, reasonMaxLength) : 'unknown';
}

function toDeadLetter({ event, reason }: Dead): DeadLetter {
  const { projectId, eventId, createdAt } = event;
  return { projectId, eventId, createdAt, record: encodeAlone(event), reason };
}

function countByProject(parts: readonly Part[], dead: readonly Dead[]): Delivery['countByProject'] {
  const counts = new Map<string, { delivered: number; dead: number }>();
  const countOf = (projectId: string) => {
    const count = counts.get(projectId) ?? { delivered: 0, dead: 0 };
    counts.set(projectId, count);
    return count;
  };
  for (const { record } of parts) countOf(record.projectId).delivered += record.count;
  for (const { event } of dead) countOf(event.projectId).dead++;
  return counts;
}
