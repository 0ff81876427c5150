type Json = Record<string, unknown>;

/** Attributes in the JSON form of OTLP; a bigint is written as 64-bit integers are there, as a text. */
export function attributes(values: Json): Json[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): Json {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: String(value) };
  if (typeof value === 'number') return { [Number.isInteger(value) ? 'intValue' : 'doubleValue']: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(value as Json) } };
}
