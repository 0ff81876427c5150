import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Micros } from '@otas/event-schema';
import type { SessionPosition } from './sessions.store';

const macLength = 12;
const cursorLength = 8 + 16 + macLength;

/**
 * The place in an agent's session list after which the next page begins, as an opaque text. It is signed together with
 * the agent's id: whatever is not ours, or another agent's, does not read.
 */
export class SessionCursors {
  readonly #key: KeyObject;

  constructor(secret: string) {
    this.#key = createSecretKey(createHmac('sha256', secret).update('session list cursor').digest());
  }

  write(agentId: string, { createdAt, id }: SessionPosition): string {
    const position = Buffer.alloc(24);
    position.writeBigInt64BE(BigInt(createdAt));
    position.write(id.replaceAll('-', ''), 8, 'hex');
    return Buffer.concat([position, this.#mac(agentId, position)]).toString('base64url');
  }

  /** Null when this cursor is not one that {@link write} made for this agent. */
  read(agentId: string, cursor: string): SessionPosition | null {
    const bytes = Buffer.from(cursor, 'base64url');
    if (bytes.length !== cursorLength || bytes.toString('base64url') !== cursor) return null;
    const position = bytes.subarray(0, 24);
    if (!timingSafeEqual(this.#mac(agentId, position), bytes.subarray(24))) return null;
    const createdAt: Micros = Number(position.readBigInt64BE());
    return { createdAt, id: position.toString('hex', 8) };
  }

  #mac(agentId: string, position: Buffer): Buffer {
    return createHmac('sha256', this.#key).update(agentId).update(position).digest().subarray(0, macLength);
  }
}
