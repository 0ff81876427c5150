import { HeaderRedactor, redacted } from './redact-headers';

/** What is replaced on the way in, beside the built-in header names and shapes of secrets. */
export interface RedactionRules {
  /** Names of headers, in any case. */
  readonly headerNames: readonly string[];
  /** Sources of regular expressions; whatever one matches in a query string, body or error is replaced. */
  readonly patterns: readonly string[];
}

/** With `_` for `-` and behind `HTTP_` too, as servers of other languages hand headers on. */
const builtInHeaderNames = [
  '(?:http_)?authorization',
  '(?:http_)?proxy[-_]authorization',
  '(?:http_)?cookie',
  'set[-_]cookie',
  '(?:http_)?x[-_]api[-_]key',
  '(?:http_)?x[-_]otas[-_][a-z0-9_-]{0,64}(?:token|key|secret)',
];

/** Shapes of secrets, each as how it begins and how it goes on; the SDK has the same. */
export const builtInShapes: readonly (readonly [begin: string, rest: string])[] = [
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
const beginOfShape = String.raw`(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2}))`;

/** Replaces credentials in the texts of events; one for the life of the service. */
export class Redactor {
  readonly #headers: HeaderRedactor;
  /** Finds something in every text that holds a secret, and in few others; a third of the time of `#secrets`. */
  readonly #mayHoldSecret: RegExp;
  readonly #secrets: RegExp;

  /** @throws SyntaxError when a pattern of `rules` is not a regular expression. */
  constructor(rules: RedactionRules) {
    const extraNames = rules.headerNames.map((name) => name.toLowerCase().replace(/[^\w-]/g, '\\$&'));
    this.#headers = new HeaderRedactor([...builtInHeaderNames, ...extraNames]);
    const configured = rules.patterns.map((source) => `(?:${source})`);
    const shapes = builtInShapes.map(([begin, rest]) => begin + rest).join('|');
    this.#secrets = new RegExp([`${beginOfShape}(?:${shapes})`, ...configured].join('|'), 'g');
    this.#mayHoldSecret = new RegExp([...builtInShapes.map(([begin]) => begin), ...configured].join('|'));
  }

  /** Whether it is the name of a header that carries a credential, in any case. */
  isCredentialName(name: unknown): boolean {
    return this.#headers.isCredential(name);
  }

  /** Headers as JSON text or as lines: the values of those that carry credentials, and any secret elsewhere. */
  headers(text: string): string {
    return this.text(this.#headers.redact(text));
  }

  /** A query string, a body, a message: whatever has the shape of a secret. */
  text(text: string): string {
    return this.#mayHoldSecret.test(text) ? text.replace(this.#secrets, redacted) : text;
  }
}
