/** What stands in the place of a credential. */
export const redacted = '[REDACTED]';

/** Shapes of secrets, each as how it begins and how it goes on; the same as those of Brain. */
export const secretShapes: readonly (readonly [begin: string, rest: string])[] = [
  // JWTs.
  ['eyJ', String.raw`[\w-]{5,}\.[\w-]{5,}\.[\w-]*`],
  // Our own keys.
  ['agent_', '[0-9A-Za-z]{4,}_[0-9A-Za-z]{16,}'],
  ['otas_', '[0-9A-Za-z]{4,}_[0-9A-Za-z]{16,}'],
  // AWS.
  ['A[KS]IA', '[0-9A-Z]{16}(?![0-9A-Za-z])'],
  // GitHub.
  ['gh[pousr]_', '[0-9A-Za-z]{36,}'],
  ['github_pat_', String.raw`\w{22,}`],
  // OpenAI-style.
  ['sk-', String.raw`[\w-]{20,}`],
  // Stripe.
  ['[sr]k_', '(?:live|test)_[0-9A-Za-z]{16,}'],
  // Slack.
  ['xox', String.raw`[abeprs]-[\w-]{10,}`],
  // Google.
  ['AIza', String.raw`[\w-]{35}`],
];

/**
 * A shape begins where no character of its own alphabet stands before it, unless that belongs to a percent-encoded
 * one; so a long run of such characters is walked through once, and not once from each of its positions.
 */
export const beginOfShape = String.raw`(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2}))`;

const begins = secretShapes.map(([begin]) => begin).join('|');
const openSecret = new RegExp(`${beginOfShape}(?:${begins})[\\w.-]*$`);

/** A text that was cut, without what may be the first half of a secret at its end. */
export function cutSecret(text: string): string {
  return text.replace(openSecret, redacted);
}
