// SDK and Brain have the same text, but for what the SDK has at its end.

/** What stands in the place of a credential. */
export const redacted = '[REDACTED]';

/**
 * Shapes of secrets, each as how it begins and how it goes on. The last character of a begin is what is looked for: the
 * rarer it is in texts, the better.
 */
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
  // GitLab.
  ['glpat-', String.raw`[\w-]{20,}(?:\.[0-9a-z]{2}\.[0-9a-z]{7,9})?`],
  // npm.
  ['npm_', '[0-9A-Za-z]{36,}'],
  // Hugging Face.
  ['hf_', '[0-9A-Za-z]{34,}'],
  // OpenAI-style.
  ['sk-', String.raw`[\w-]{20,}`],
  // Stripe.
  ['[sr]k_', '(?:live|test)_[0-9A-Za-z]{16,}'],
  // Slack.
  ['xox', String.raw`[a-eprs]-[\w-]{10,}`],
  // Google.
  ['AIz', String.raw`a[\w-]{35}`],
];

const begins = secretShapes.map(([begin]) => begin);
/** Sorted, so that `-` comes first, where it is no range. */
const lastCharacters = [...new Set(begins.map((begin) => begin.at(-1)))].sort().join('');

/**
 * Source of what finds something in every text that holds a secret, and in few others: characters that are rare, and
 * only then what stands before them. Far cheaper than the shapes themselves.
 */
export const mayHoldSecret = `[${lastCharacters}](?<=${begins.join('|')})`;

/**
 * A shape begins where no character of its own alphabet stands before it, unless that belongs to a percent-encoded
 * one; so a long run of such characters is walked through once, and not once from each of its positions.
 */
const beginOfShape = String.raw`(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2}))`;

/** Source of a regular expression for any secret; linear in the length of the text. */
export const anySecret = `${beginOfShape}(?:${secretShapes.map(([begin, rest]) => begin + rest).join('|')})`;
