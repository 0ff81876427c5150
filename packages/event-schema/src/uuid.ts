const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const compact = /^[0-9a-f]{32}$/;

/** A UUID in canonical form (lower case, with hyphens) from any case, with or without hyphens; else null. */
export function parseUuid(value: unknown): string | null {
  if (typeof value !== 'string' || value.length < 32 || value.length > 36) return null;
  const text = value.toLowerCase();
  if (canonical.test(text)) return text;
  if (!compact.test(text)) return null;
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
