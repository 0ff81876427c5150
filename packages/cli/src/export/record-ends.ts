export type RecordFormat = 'ndjson' | 'csv';

/** Where a record ends, and the cursor that stands at its end. */
export interface RecordEnd {
  /** Behind its last byte. */
  readonly end: number;
  readonly cursor: string;
}

const lineFeed = 10;
/** Of a cursor and what stands around it. */
const endMaxBytes = 130;

// In CSV a quotation mark within a field is doubled, so that the same bytes cannot stand within one.
const forms: Readonly<Record<RecordFormat, RegExp>> = {
  ndjson: /"cursor":"([\w-]+)"\}\n$/,
  csv: /,"([0-9a-f-]{36}_\d+_[0-9a-f-]{36})"\n$/,
};

/** The end of the last whole record in these bytes, which begin with a record, or a head; null when none is whole. */
export function findLastEnd(bytes: Buffer, format: RecordFormat): RecordEnd | null {
  let at = bytes.lastIndexOf(lineFeed);
  while (at !== -1) {
    const text = bytes.toString('latin1', Math.max(0, at + 1 - endMaxBytes), at + 1);
    const cursor = forms[format].exec(text)?.[1];
    if (cursor !== undefined) return { end: at + 1, cursor };
    at = at === 0 ? -1 : bytes.lastIndexOf(lineFeed, at - 1);
  }
  return null;
}

/** How many records end in these bytes. */
export function countEnds(bytes: Buffer, format: RecordFormat): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) {
    if (format === 'ndjson') count++;
    else if (forms.csv.test(bytes.toString('latin1', Math.max(0, at + 1 - endMaxBytes), at + 1))) count++;
  }
  return count;
}

/** Of which agent and kind an export is, by its first bytes; null where they hold no record. */
export function describeHead(
  bytes: Buffer,
  format: RecordFormat,
): { readonly agentId: string; readonly kind: string } | null {
  const text = bytes.toString('latin1');
  const form =
    format === 'ndjson'
      ? /"agent_id":"([^"]*)","agent_session_id":"[^"]*","(\w+)":/
      : /,agent_session_id,(?<column>\w+),.*\n"[^"]*","[^"]*","[^"]*","(?<id>[^"]*)",/;
  const match = form.exec(text);
  if (match === null) return null;
  const agentId = match.groups?.id ?? (match[1] as string);
  const column = match.groups?.column ?? match[2];
  return { agentId, kind: column === 'type' ? 'agent_event' : 'backend_event' };
}
