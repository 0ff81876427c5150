import { createHash, createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Micros } from '@otas/event-schema';

/** A place in a list that is ordered by time and then by id, both downwards. */
export interface ListPosition {
  readonly createdAt: Micros;
  /** A UUID. */
  readonly id: string;
}

const [positionLength, scopeLength, macLength] = [8 + 16, 8, 12];
const signedLength = positionLength + scopeLength;

/**
 * The place in a list after which the next page begins, as an opaque text. It is signed together with its scope, a text
 * that says whose list it is: whatever is not ours, or another list's, does not read.
 */
export class ListCursors {
  readonly #key: KeyObject;

  /** @param list which kind of list; cursors of one do not read in another. */
  constructor(secret: string, list: string) {
    this.#key = createSecretKey(createHmac('sha256', secret).update(list).digest());
  }

  write(scope: string, { createdAt, id }: ListPosition): string {
    const signed = Buffer.alloc(signedLength);
    signed.writeBigInt64BE(BigInt(createdAt));
    signed.write(id.replaceAll('-', ''), 8, 'hex');
    digestOf(scope).copy(signed, positionLength);
    return Buffer.concat([signed, this.#mac(signed)]).toString('base64url');
  }

  /** Whether {@link write} made this cursor, for whatever scope. */
  isOurs(cursor: string): boolean {
    return this.#open(cursor) !== null;
  }

  /** Null when this cursor is not one that {@link write} made for this scope. */
  read(scope: string, cursor: string): ListPosition | null {
    const signed = this.#open(cursor);
    if (signed === null || !signed.subarray(positionLength).equals(digestOf(scope))) return null;
    return { createdAt: Number(signed.readBigInt64BE()), id: signed.toString('hex', 8, positionLength) };
  }

  #open(cursor: string): Buffer | null {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length !== signedLength + macLength || bytes.toString('base64url') !== cursor) return null;
    const signed = bytes.subarray(0, signedLength);
    return timingSafeEqual(this.#mac(signed), bytes.subarray(signedLength)) ? signed : null;
  }

  #mac(signed: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(signed).digest().subarray(0, macLength);
  }
}

function digestOf(scope: string): Buffer {
  return createHash('sha256').update(scope).digest().subarray(0, scopeLength);
}
