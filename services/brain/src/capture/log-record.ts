import type { LogRecord } from '@otas/event-log';
import type { AgentEvent, BackendEvent, Micros } from '@otas/event-schema';
import { agentEventRow, backendEventRow, type EventKind, encodeRows } from '@otas/event-store';

/**
 * What may be sent again, and how it would be known: `unnamed` never comes again, `named` comes with the same id and the
 * time that is in the id, `timed` with the same id and the time that its sender gives, which may be another, `untimed` with
 * the same id and another time, since its time was made here.
 */
export type Naming = 'unnamed' | 'named' | 'timed' | 'untimed';

/** An event that was checked and stamped, and is nowhere yet. */
export type PreparedEvent = PreparedBackendEvent | PreparedAgentEvent;

export interface PreparedBackendEvent {
  readonly kind: 'backend_event';
  readonly event: BackendEvent;
  readonly naming: Naming;
}

export interface PreparedAgentEvent {
  readonly kind: 'agent_event';
  readonly event: AgentEvent;
  readonly naming: Naming;
}

/** What the drain must know of an event, and its row as the event store takes it. */
export interface RecordedEvent {
  readonly kind: EventKind;
  readonly projectId: string;
  readonly agentSessionId: string;
  readonly eventId: string;
  readonly createdAt: Micros;
  readonly naming: Naming;
  readonly row: Buffer;
}

/** What the log holds of the events of one request: all of one kind and one project. */
export interface EventsRecord {
  readonly kind: EventKind;
  readonly projectId: string;
  readonly count: number;
  /** Whether there is one that may be sent again. */
  readonly hasNamed: boolean;
  /** Of all events, one behind the other. */
  readonly rows: Buffer;
  /** The events one by one, which is more work. */
  events(): RecordedEvent[];
}

const kindLetters = { backend_event: 'B', agent_event: 'A' } as const;
const kinds: ReadonlyMap<string | undefined, EventKind> = new Map(
  Object.entries(kindLetters).map(([kind, letter]) => [letter, kind as EventKind]),
);
const namingLetters = { unnamed: 'U', named: 'N', timed: 'G', untimed: 'T' } as const;
const namings: ReadonlyMap<string, Naming> = new Map(
  Object.entries(namingLetters).map(([naming, letter]) => [letter, naming as Naming]),
);

// A record is UTF-8: the head, an entry for each event, and their rows. Head and entries are ASCII, of fixed length.
const uuidLength = 36;
const microsLength = 16;
const numberLength = 10;
const headLength = 2 + uuidLength + numberLength;
const entryLength = 1 + uuidLength + microsLength + numberLength;
const recordEventsMax = 1000;

/** The bytes of a record of at least one event; all are of the same kind and project. */
export function encodeRecord(prepared: readonly PreparedEvent[]): Buffer {
  const [first] = prepared;
  if (first === undefined) throw new RangeError('a record has at least one event');
  const rows = prepared.map((one) =>
    one.kind === 'agent_event' ? agentEventRow(one.event) : backendEventRow(one.event),
  );
  const { bytes, lengths } = encodeRows(rows, headLength + prepared.length * entryLength);
  const hasNamed = prepared.some(({ naming }) => naming !== 'unnamed');
  const head = encodeHead(first.kind, first.event.projectId, prepared.length, hasNamed);
  const entries = prepared.map(({ event, naming }, at) => encodeEntry(event, naming, lengths[at] as number));
  bytes.write(head + entries.join(''), 'latin1');
  return bytes;
}

/** Events of a project as records: of one kind each, and of 1,000 events at most. */
export function encodeRecords(prepared: readonly PreparedEvent[]): LogRecord[] {
  const records: LogRecord[] = [];
  for (const kind of kinds.values()) {
    const ofKind = prepared.filter((one) => one.kind === kind);
    for (let start = 0; start < ofKind.length; start += recordEventsMax) {
      const events = ofKind.slice(start, start + recordEventsMax);
      records.push({ bytes: encodeRecord(events), count: events.length });
    }
  }
  return records;
}

/** The record of one event alone, as text. */
export function encodeAlone(event: RecordedEvent): string {
  const head = encodeHead(event.kind, event.projectId, 1, event.naming !== 'unnamed');
  return head + encodeEntry(event, event.naming, event.row.length) + event.row.toString();
}

function encodeHead(kind: EventKind, projectId: string, count: number, hasNamed: boolean): string {
  return `${kindLetters[kind]}${hasNamed ? 'N' : 'U'}${projectId}${digits(count, numberLength)}`;
}

function encodeEntry(
  { eventId, createdAt }: { readonly eventId: string; readonly createdAt: Micros },
  naming: Naming,
  rowLength: number,
): string {
  return `${namingLetters[naming]}${eventId}${digits(createdAt, microsLength)}${digits(rowLength, numberLength)}`;
}

/** @throws Error when the record is of a kind that this version does not know */
export function decodeRecord(bytes: Buffer): EventsRecord {
  const head = bytes.toString('latin1', 0, headLength);
  const kind = kinds.get(head[0]);
  if (kind === undefined) throw new Error('a record of the log has an unknown kind');
  const projectId = head.slice(2, 2 + uuidLength);
  const count = Number(head.slice(2 + uuidLength));
  const entriesEnd = headLength + count * entryLength;
  return {
    kind,
    projectId,
    count,
    hasNamed: head[1] === 'N',
    rows: bytes.subarray(entriesEnd),
    events: () => decodeEvents({ kind, projectId }, bytes, entriesEnd),
  };
}

function decodeEvents(
  common: Pick<RecordedEvent, 'kind' | 'projectId'>,
  bytes: Buffer,
  entriesEnd: number,
): RecordedEvent[] {
  const entries = bytes.toString('latin1', headLength, entriesEnd);
  const events: RecordedEvent[] = [];
  let rowStart = entriesEnd;
  for (let at = 0; at < entries.length; at += entryLength) {
    const createdAtStart = at + 1 + uuidLength;
    const lengthStart = createdAtStart + microsLength;
    const rowEnd = rowStart + Number(entries.slice(lengthStart, at + entryLength));
    const row = bytes.subarray(rowStart, rowEnd);
    events.push({
      ...common,
      agentSessionId: sessionIdIn(row),
      eventId: entries.slice(at + 1, createdAtStart),
      createdAt: Number(entries.slice(createdAtStart, lengthStart)),
      naming: namings.get(entries.charAt(at)) ?? 'untimed',
      row,
    });
    rowStart = rowEnd;
  }
  return events;
}

// Four UUIDs and a time, with quotes and commas.
const fiveColumnsMaxLength = 256;

/** The fifth column of every kind's rows; before it are ids and a time, without commas in them. */
function sessionIdIn(row: Buffer): string {
  const begin = row.toString('latin1', 0, fiveColumnsMaxLength);
  let comma = 0;
  for (let column = 0; column < 4; column++) comma = begin.indexOf(',', comma + 1);
  return begin.slice(comma + 2, comma + 2 + uuidLength);
}

function digits(number: number, length: number): string {
  return String(number).padStart(length, '0');
}
