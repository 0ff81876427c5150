import { invalidRequest } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { AgentEventPlace, SessionScope } from '@otas/event-store';
import type { CursorSecrets } from '../reads/cursor-secrets';
import { SignedText } from '../reads/signed-text';

/** The list that a page key belongs to; in another one it is not ours. */
export interface PageScope extends SessionScope {
  readonly includeHidden: boolean;
}

const maxLength = 256;
const form = /^[\w-]{70,256}$/;
const placeForm = /^(\d{1,16})\.(\d{1,16})\.([0-9a-f-]{36})$/;

/** Writes places in a session as opaque texts, and reads only those that it wrote, for the same list. */
export class PageKeys {
  readonly #texts: SignedText;

  /** @param secrets the same on every instance, since a client may come back to another one */
  constructor(secrets: CursorSecrets) {
    this.#texts = new SignedText(secrets, 'agent events', maxLength);
  }

  write({ eventTime, sequence, eventId }: AgentEventPlace, scope: PageScope): string {
    return this.#texts.write(`${eventTime}.${sequence}.${eventId}`, partsOf(scope));
  }

  /** @throws ApiError 400 `invalid_request` */
  read(pageKey: string, scope: PageScope): AgentEventPlace {
    const text = this.#texts.read(pageKey, partsOf(scope)) ?? '';
    const [, eventTime, sequence, id] = placeForm.exec(text) ?? [];
    const eventId = parseUuid(id);
    if (eventId === null) throw notOurs();
    return { eventTime: Number(eventTime), sequence: Number(sequence), eventId };
  }
}

/** Refuses what no list can have given, before anything is asked. @throws ApiError 400 `invalid_request` */
export function checkForm(pageKey: string | null): void {
  if (pageKey !== null && !form.test(pageKey)) throw notOurs();
}

function notOurs(): Error {
  return invalidRequest([{ field: 'page_key', message: 'is not one of this list' }]);
}

function partsOf({ projectId, agentId, sessionId, includeHidden }: PageScope): string[] {
  return [projectId, agentId, sessionId, includeHidden ? 'all' : 'visible'];
}
