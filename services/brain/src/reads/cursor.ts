import { createHmac, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { EventPlace } from '@otas/event-store';

/** The list that a cursor belongs to; in another one it is not ours. */
export interface CursorScope {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

const signatureBytes = 16;
const placeForm = /^(\d{1,16})\.([0-9a-f-]{36})$/;

/** Writes places in a session as opaque texts, and reads only those that it wrote, for the same session. */
export class CursorCodec {
  readonly #secret: string;

  /** @param secret the same on every instance, since a client may come back to another one */
  constructor(secret: string) {
    this.#secret = secret;
  }

  write(place: EventPlace, scope: CursorScope): string {
    const text = `${place.eventTime}.${place.eventId}`;
    return Buffer.concat([this.#sign(text, scope), Buffer.from(text)]).toString('base64url');
  }

  /** @throws ApiError 400 `invalid_cursor` */
  read(cursor: string, scope: CursorScope): EventPlace {
    const bytes = Buffer.from(cursor.slice(0, 256), 'base64url');
    const signature = bytes.subarray(0, signatureBytes);
    const text = bytes.subarray(signatureBytes).toString();
    const isOurs = signature.length === signatureBytes && timingSafeEqual(signature, this.#sign(text, scope));
    const [, eventTime, id] = placeForm.exec(text) ?? [];
    const eventId = parseUuid(id);
    if (!isOurs || eventTime === undefined || eventId === null) throw new ApiError('invalid_cursor');
    return { eventTime: Number(eventTime), eventId };
  }

  #sign(text: string, scope: CursorScope): Buffer {
    const signed = ['session events', scope.projectId, scope.agentId, scope.sessionId, text].join('\n');
    return createHmac('sha256', this.#secret).update(signed).digest().subarray(0, signatureBytes);
  }
}
