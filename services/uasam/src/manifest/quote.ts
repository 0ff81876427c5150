/** What has a meaning in Markdown or HTML, and what is no letter, digit, sign or punctuation; a line end is JSON’s own. */
const harmful = /[^\p{L}\p{M}\p{N}\p{P}\p{S} \n]|[`~<>&]/gu;

/**
 * A value as JSON in which nothing can be taken for Markdown or HTML: fences, tags, line ends and characters that do not
 * show (such as those that turn the direction of writing) are written as `\uXXXX`. It parses to the same value.
 */
export function quoteJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(harmful, (characters) =>
    [...Array(characters.length).keys()].map((at) => escapeUnit(characters.charCodeAt(at))).join(''),
  );
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** A text as one word of a shell, whatever is in it; it must hold no line end, so that it stays within its line. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The address to which a project's domain leads: `https` where it is a host; without credentials, query and last slash. Null
 * without a domain, and for one that no client could call.
 */
export function addressOf(domain: string): string | null {
  const text = /^https?:\/\//i.test(domain) ? domain : `https://${domain}`;
  if (domain === '' || !URL.canParse(text)) return null;
  const { origin, pathname } = new URL(text);
  // A URL may have a host with quotes in it, which DNS may not.
  if (!/^[a-z0-9:/.[\]_-]+$/.test(origin)) return null;
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}
