import { ApiError } from '@otas/errors';
import { type Micros, parseTime, parseUuid, readBy, sent } from '@otas/event-schema';
import { type EventKind, type ExportFormat, type ExportPlace, placeOfCursor } from '@otas/event-store';
import { checked, firstOfEach, readFields } from '@otas/http-kit';
import { z } from 'zod';

export interface ExportQuery {
  readonly format: ExportFormat;
  readonly kind: EventKind;
  /** Null: all sessions of the agent. */
  readonly sessionId: string | null;
  readonly from: Micros | null;
  readonly until: Micros | null;
  /** Null: from the first event; always for Parquet. */
  readonly after: ExportPlace | null;
}

const formats = ['ndjson', 'csv', 'parquet'] as const satisfies readonly ExportFormat[];
const kinds = ['backend_event', 'agent_event'] as const satisfies readonly EventKind[];
/** Where ClickHouse's times end, and their begin. */
const [timeMin, timeMax] = [0, (parseTime('2200-01-01T00:00:00Z') as Micros) - 1];

const timeFault = 'must be a time in ISO 8601';
const time = z
  .string()
  .pipe(readBy(parseTime, timeFault))
  .transform((micros) => Math.min(Math.max(micros, timeMin), timeMax))
  .meta({ ...sent.time.meta() })
  .optional();

function place(text: string): ExportPlace | null {
  const found = placeOfCursor(text);
  return found !== null && found.eventTime <= timeMax ? found : null;
}

const uuid = '019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12';
const cursor = `${uuid}_1776349800000000_${uuid}`;

const exportQuery = z.object({
  format: z.enum(formats, `must be one of ${formats.join(', ')}`),
  kind: z.enum(kinds, `must be one of ${kinds.join(', ')}`).optional(),
  from: time,
  until: time,
  session_id: z
    .string()
    .pipe(readBy(parseUuid, 'session_id_not_a_uuid'))
    .meta({ ...sent.uuid.meta() })
    .optional(),
  cursor: z
    .string()
    .pipe(readBy(place, 'invalid_cursor'))
    .meta({
      description: 'The `cursor` of an event: only those behind it; not for Parquet.',
      examples: [cursor],
    })
    .optional(),
});

/**
 * @throws ApiError 400 `session_id must be a valid UUID`; 400 `invalid_cursor`, also for any with Parquet; 400
 *   `invalid_request` with every other fault
 */
export const parseExport = checked(exportQuery, (parameters: URLSearchParams): ExportQuery => {
  const query = readFields(exportQuery, firstOfEach(parameters));
  const { format, kind = 'backend_event', from = null, until = null } = query;
  const { session_id: sessionId = null, cursor: after = null } = query;
  if (after !== null && format === 'parquet') throw new ApiError('invalid_cursor');
  return { format, kind, sessionId, from, until, after };
});
