import type { BackendEvent, Micros } from '@otas/event-schema';
import { backendEventRow } from '@otas/event-store';

/**
 * What may be sent again, and how it would be known: `unnamed` never comes again, `named` comes with the same id and the
 * same time, `untimed` with the same id and another time, since its time was made here.
 */
export type Naming = 'unnamed' | 'named' | 'untimed';

/** What the log holds of an event: what the drain must know of it, and its row, written once. */
export interface LogRecord {
  readonly projectId: string;
  readonly eventId: string;
  readonly createdAt: Micros;
  readonly naming: Naming;
  /** As the event store takes it. */
  readonly row: Buffer;
}

const letters = { unnamed: 'U', named: 'N', untimed: 'T' } as const;
const namings = new Map(
  Object.entries(letters).map(([naming, letter]) => [letter as string, naming as Naming]),
);
const uuidLength = 36;
const microsLength = 16;
const headLength = 1 + 2 * uuidLength + microsLength;

/** The bytes of a record: a head of fixed length in ASCII, then the row. */
export function encodeRecord(event: BackendEvent, naming: Naming): Buffer {
  const createdAt = String(event.createdAt).padStart(microsLength, '0');
  return Buffer.from(
    `${letters[naming]}${event.projectId}${event.eventId}${createdAt}${backendEventRow(event)}`,
  );
}

export function decodeRecord(bytes: Buffer): LogRecord {
  const head = bytes.toString('latin1', 0, headLength);
  return {
    naming: namings.get(head.slice(0, 1)) ?? 'untimed',
    projectId: head.slice(1, 1 + uuidLength),
    eventId: head.slice(1 + uuidLength, 1 + 2 * uuidLength),
    createdAt: Number(head.slice(1 + 2 * uuidLength)),
    row: bytes.subarray(headLength),
  };
}
