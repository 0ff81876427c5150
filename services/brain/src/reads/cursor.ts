import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { EventPlace, SessionScope } from '@otas/event-store';
import type { CursorSecrets } from './cursor-secrets';
import { SignedText } from './signed-text';

const placeForm = /^(\d{1,16})\.([0-9a-f-]{36})$/;

/** Writes places in a session as opaque texts, and reads only those that it wrote, for the same session. */
export class CursorCodec {
  readonly #texts: SignedText;

  /** @param secrets the same on every instance, since a client may come back to another one */
  constructor(secrets: CursorSecrets) {
    this.#texts = new SignedText(secrets, 'session events', 256);
  }

  write(place: EventPlace, scope: SessionScope): string {
    return this.#texts.write(`${place.eventTime}.${place.eventId}`, partsOf(scope));
  }

  /** @throws ApiError 400 `invalid_cursor` */
  read(cursor: string, scope: SessionScope): EventPlace {
    const [, eventTime, id] = placeForm.exec(this.#texts.read(cursor, partsOf(scope)) ?? '') ?? [];
    const eventId = parseUuid(id);
    if (eventTime === undefined || eventId === null) throw new ApiError('invalid_cursor');
    return { eventTime: Number(eventTime), eventId };
  }
}

/** The session that a cursor belongs to; in another one it is not ours. */
export function partsOf({ projectId, agentId, sessionId }: SessionScope): string[] {
  return [projectId, agentId, sessionId];
}
