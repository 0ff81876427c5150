import type { BackendEvent } from '@otas/event-schema';
import {
  backendEventRow,
  type CapturedEvents,
  type EventStore,
  EventsRejected,
  encodeRows,
} from '@otas/event-store';
import type { Original, OriginalRow, TableReport } from '@otas/original';
import type { ImportScope } from './scope';
import { type ImportRules, toImportedEvent, UnfitEvent } from './to-imported-event';

export interface EventImportOptions {
  readonly store: EventStore;
  readonly original: Original;
  readonly report: TableReport;
  readonly rules: ImportRules;
  /** Null: all events are imported. */
  readonly scope: ImportScope | null;
}

/**
 * What the account of a project takes for the instance of Brain that took imported events in: without it, they would count
 * as events of which nobody knows how often they were sent.
 */
const importInstanceId = '00000000-0000-4000-8000-000000000001';
const projectsAtOnce = 1000;

interface Encoded {
  readonly event: BackendEvent;
  readonly row: Buffer;
  readonly createdAt: number;
}

/**
 * Imports the events that are not there yet, in the order of their times, and says of every one what became of it. An event is
 * known again by its id, so that this may be cut and run again at any time; of one id there never are two.
 *
 * @throws EventStoreUnavailable when ClickHouse is; what was imported is there then
 */
export async function importEvents(options: EventImportOptions): Promise<void> {
  const { store, original, report } = options;
  const run = new EventImport(options);
  let storing: Promise<void> = Promise.resolve();
  for await (const rows of original.rows('backend_event')) {
    const events = run.convert(rows);
    await storing;
    report.advanced();
    // ClickHouse works while the next ones are read and converted; what it knows is asked when it has all before them.
    storing = run.store(events);
    storing.catch(() => undefined);
  }
  await storing;
  let [stored, lacking] = [0, 0];
  for (const projects of inParts([...run.there])) {
    await writeAccounts(store, projects);
    const counts = await store.captured.backend_event.countByProject(
      projects.map(([projectId]) => projectId),
    );
    for (const [projectId, there] of projects) {
      const count = counts.get(projectId) ?? 0;
      stored += count;
      lacking += Math.max(0, there - count);
    }
  }
  report.finish(stored, lacking);
}

/** How many events of a project are there. */
type ProjectCount = readonly [projectId: string, there: number];

function inParts(counts: readonly ProjectCount[]): (readonly ProjectCount[])[] {
  const partCount = Math.ceil(counts.length / projectsAtOnce);
  return Array.from({ length: partCount }, (_, at) =>
    counts.slice(at * projectsAtOnce, (at + 1) * projectsAtOnce),
  );
}

class EventImport {
  /** Events that are there, by project. */
  readonly there = new Map<string, number>();
  readonly #options: EventImportOptions;
  readonly #events: CapturedEvents;

  constructor(options: EventImportOptions) {
    this.#options = options;
    this.#events = options.store.captured.backend_event;
  }

  /** Those of the rows that fit; the others are reported. */
  convert(rows: readonly OriginalRow<'backend_event'>[]): BackendEvent[] {
    const { report, rules, scope } = this.#options;
    const events = new Map<string, BackendEvent>();
    for (const row of rows) {
      try {
        const event = toImportedEvent(row, rules);
        const key = this.#events.keyOf(event);
        const refusal = scope?.refusal(event) ?? null;
        if (refusal !== null) throw new UnfitEvent(refusal);
        if (events.has(key)) throw new UnfitEvent(idTaken);
        events.set(key, event);
      } catch (error) {
        if (!(error instanceof UnfitEvent)) throw error;
        report.leftOut(row.event_id ?? 'without an id', error.message);
      }
    }
    return [...events.values()];
  }

  /** Stores those that are not there yet. */
  async store(events: readonly BackendEvent[]): Promise<void> {
    const fresh = await this.#selectNew(events);
    if (fresh.length === 0) return;
    const encoded = encode(fresh);
    await this.#events.insertIds(encoded);
    const inserted = await this.#insert(encoded);
    for (const { event } of inserted) {
      this.#options.report.imported++;
      this.#count(event);
    }
  }

  /** An event that was imported before is told from one that only has the same id by when it was taken in. */
  async #selectNew(events: readonly BackendEvent[]): Promise<BackendEvent[]> {
    const { report } = this.#options;
    const stored = await this.#events.findKnown(events);
    return events.filter((event) => {
      const known = stored.get(this.#events.keyOf(event));
      if (known === undefined) return true;
      if (known.firstCreatedAt === event.createdAt) {
        report.present++;
        this.#count(event);
      } else report.leftOut(event.eventId, idTaken);
      return false;
    });
  }

  /** Those that ClickHouse took; what it will never take is found by halving. */
  async #insert(encoded: readonly Encoded[]): Promise<readonly Encoded[]> {
    try {
      await this.#events.insertRows(encoded.map(({ row }) => row));
      return encoded;
    } catch (error) {
      if (!(error instanceof EventsRejected)) throw error;
      const [only] = encoded;
      if (encoded.length === 1 && only !== undefined) {
        this.#options.report.leftOut(only.event.eventId, 'ClickHouse refuses its values');
        return [];
      }
      const middle = Math.ceil(encoded.length / 2);
      const first = await this.#insert(encoded.slice(0, middle));
      return [...first, ...(await this.#insert(encoded.slice(middle)))];
    }
  }

  #count({ projectId }: BackendEvent): void {
    this.there.set(projectId, (this.there.get(projectId) ?? 0) + 1);
  }
}

const idTaken = 'another event of the project has its id';

function encode(events: readonly BackendEvent[]): Encoded[] {
  const { bytes, lengths } = encodeRows(events.map(backendEventRow));
  let end = 0;
  return events.map((event, at) => {
    const start = end;
    end += lengths[at] as number;
    return { event, row: bytes.subarray(start, end), createdAt: event.createdAt };
  });
}

/** Each event of the original was sent once, as far as anybody knows. */
async function writeAccounts(store: EventStore, projects: readonly ProjectCount[]): Promise<void> {
  const none = { rejected: 0, waiting: 0, dead: 0 };
  const counts = new Map(projects.map(([id, taken]) => [id, { taken, ...none }]));
  await store.writeCaptureCounts(importInstanceId, counts, Date.now() * 1000);
}
