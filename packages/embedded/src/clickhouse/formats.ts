/** Content types of the formats that have one of their own; the rest are plain text. */
const contentTypes: [RegExp, string][] = [
  [/^(JSON.*EachRow.*|PrettyJSONEachRow|JSONLines|NDJSON)$/i, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/i, 'application/json; charset=UTF-8'],
  [/^CSV/i, 'text/csv; charset=UTF-8'],
  [/^(TSV|TabSeparated)/i, 'text/tab-separated-values; charset=UTF-8'],
  [/^(RowBinary|Native|Parquet|Arrow|ORC|Avro|MsgPack|Protobuf)/i, 'application/octet-stream'],
];

/** The content type of a format's output. */
export function contentTypeOf(format: string): string {
  return contentTypes.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

/** The output format that a statement names at its end; null when it names none. */
export function formatOf(sql: string): string | null {
  const match = /\bFORMAT\s+([A-Za-z]\w*)\s*(?:SETTINGS\b[^;]*)?;?\s*$/i.exec(sql.slice(-500));
  return match?.[1] ?? null;
}
