import type { BackendEvent, Micros } from '@otas/event-schema';
import { backendEventRow } from '@otas/event-store';

/** What the log holds of an event: what the drain must know of it, and its row, written once. */
export interface LogRecord {
  readonly projectId: string;
  readonly eventId: string;
  readonly createdAt: Micros;
  /** Whether the sender gave the id, so that the event may have been sent before. */
  readonly isNamed: boolean;
  /** As the event store takes it. */
  readonly row: Buffer;
}

const [named, unnamed] = ['N', 'U'];
const uuidLength = 36;
const microsLength = 16;
const headLength = 1 + 2 * uuidLength + microsLength;

/** The bytes of a record: a head of fixed length in ASCII, then the row. */
export function encodeRecord(event: BackendEvent, isNamed: boolean): Buffer {
  const createdAt = String(event.createdAt).padStart(microsLength, '0');
  return Buffer.from(
    `${isNamed ? named : unnamed}${event.projectId}${event.eventId}${createdAt}${backendEventRow(event)}`,
  );
}

export function decodeRecord(bytes: Buffer): LogRecord {
  const head = bytes.toString('latin1', 0, headLength);
  return {
    isNamed: head[0] === named,
    projectId: head.slice(1, 1 + uuidLength),
    eventId: head.slice(1 + uuidLength, 1 + 2 * uuidLength),
    createdAt: Number(head.slice(1 + 2 * uuidLength)),
    row: bytes.subarray(headLength),
  };
}
