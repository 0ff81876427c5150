import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';
import type { SessionScope, TimelinePlace } from '@otas/event-store';
import { partsOf } from '../reads/cursor';
import type { CursorSecrets } from '../reads/cursor-secrets';
import { SignedText } from '../reads/signed-text';
import type { SentMarks } from './sent-record';

/** Where to go on in a timeline. */
export interface TimelineCursor {
  readonly place: TimelinePlace;
  /** What a stream had sent by then; null in the cursor of a page. */
  readonly sent: SentMarks | null;
}

const kinds = { a: 'agent_event', b: 'backend_event' } as const;
const cursorForm =
  /^(\d{1,16})\.([ab])\.(\d{1,16})\.([0-9a-f-]{36})(?:~(\d{1,16})\.((?:[0-9a-f]{8}){0,16}))?$/;

/** Writes places in timelines as opaque texts, and reads only those that it wrote, for the same session. */
export class TimelineCursorCodec {
  readonly #texts: SignedText;

  /** @param secrets the same on every instance, since a client may come back to another one */
  constructor(secrets: CursorSecrets) {
    this.#texts = new SignedText(secrets, 'session timeline', 512);
  }

  write({ place, sent }: TimelineCursor, scope: SessionScope): string {
    const { eventTime, kind, sequence, eventId } = place;
    const sentText = sent === null ? '' : `~${sent.upTo}.${sent.marks.join('')}`;
    return this.#texts.write(`${eventTime}.${kind[0]}.${sequence}.${eventId}${sentText}`, partsOf(scope));
  }

  /** @throws ApiError 400 `invalid_cursor` */
  read(cursor: string, scope: SessionScope): TimelineCursor {
    const match = cursorForm.exec(this.#texts.read(cursor, partsOf(scope)) ?? '');
    const [, eventTime, kind, sequence, id, upTo, marks = ''] = match ?? [];
    const eventId = parseUuid(id);
    if (eventId === null) throw new ApiError('invalid_cursor');
    const place = {
      eventTime: Number(eventTime),
      kind: kinds[kind as keyof typeof kinds],
      sequence: Number(sequence),
      eventId,
    };
    const sent = upTo === undefined ? null : { upTo: Number(upTo), marks: marks.match(/.{8}/g) ?? [] };
    return { place, sent };
  }
}
