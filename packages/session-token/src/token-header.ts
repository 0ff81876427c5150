/** What the header of a token says of its key. */
export interface TokenHeader {
  readonly alg: string;
  /** Null where it names no key. */
  readonly kid: string | null;
}

/**
 * The header of a token in the compact form, unverified. Null when it cannot be read in one way alone (a name stands
 * there twice), names its key with something else than a text, or demands to be understood (`crit`, RFC 7515, 4.1.11).
 */
export function readHeader(token: string): TokenHeader | null {
  const text = Buffer.from(token.slice(0, Math.max(token.indexOf('.'), 0)), 'base64url').toString();
  if (hasNameTwice(text)) return null;
  const header = parseOrNull(text);
  if (typeof header !== 'object' || header === null || 'crit' in header) return null;
  const { alg, kid = null } = header as Record<string, unknown>;
  if (typeof alg !== 'string' || (kid !== null && typeof kid !== 'string')) return null;
  return { alg, kid };
}

/** Names are looked at as they are written; one that is written with a backslash counts as one too many. */
function hasNameTwice(json: string): boolean {
  const names = [...json.matchAll(/"([^"]*)"\s*:/g)].map((match) => match[1]);
  return json.includes('\\') || new Set(names).size < names.length;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
