import { ApiError, type FieldError, invalidRequest } from '@otas/errors';
import { type Micros, parseTime, parseUuid } from '@otas/event-schema';
import { type EventKind, type ExportFormat, type ExportPlace, placeOfCursor } from '@otas/event-store';

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

const formats: readonly ExportFormat[] = ['ndjson', 'csv', 'parquet'];
const kinds: readonly EventKind[] = ['backend_event', 'agent_event'];
/** Where ClickHouse's times end, and their begin. */
const [timeMin, timeMax] = [0, (parseTime('2200-01-01T00:00:00Z') as Micros) - 1];

/**
 * @throws ApiError 400 `invalid_request` with every fault; 400 `session_id must be a valid UUID`; 400 `invalid_cursor`, also
 *   for any with Parquet
 */
export function parseExport(parameters: URLSearchParams): ExportQuery {
  const errors: FieldError[] = [];
  const format = readWord(parameters, 'format', formats, null, errors);
  const kind = readWord(parameters, 'kind', kinds, 'backend_event', errors);
  const from = readTime(parameters, 'from', errors);
  const until = readTime(parameters, 'until', errors);
  if (errors.length > 0) throw invalidRequest(errors);
  const session = parameters.get('session_id');
  const sessionId = session === null ? null : parseUuid(session);
  if (session !== null && sessionId === null) throw new ApiError('session_id_not_a_uuid');
  const cursor = parameters.get('cursor');
  const after = cursor === null ? null : placeOfCursor(cursor);
  if (cursor !== null && (after === null || after.eventTime > timeMax || format === 'parquet'))
    throw new ApiError('invalid_cursor');
  return { format, kind, sessionId, from, until, after };
}

function readWord<Word extends string>(
  parameters: URLSearchParams,
  name: string,
  words: readonly Word[],
  otherwise: Word | null,
  errors: FieldError[],
): Word {
  const given = parameters.get(name) ?? otherwise;
  const word = words.find((one) => one === given);
  if (word === undefined) errors.push({ field: name, message: `must be one of ${words.join(', ')}` });
  return word ?? (words[0] as Word);
}

function readTime(parameters: URLSearchParams, name: string, errors: FieldError[]): Micros | null {
  const text = parameters.get(name);
  if (text === null) return null;
  const time = parseTime(text);
  if (time === null) errors.push({ field: name, message: 'must be a time in ISO 8601' });
  return time === null ? null : Math.min(Math.max(time, timeMin), timeMax);
}
