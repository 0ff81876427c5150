import { type HeaderKind, HeaderRedactor } from './redact-headers';
import { redactPairs, redactUrl } from './redact-url';
import { anySecret, mayHoldSecret, redacted } from './secret-shapes';

/** What is replaced on the way in, beside the built-in header names and shapes of secrets. */
export interface RedactionRules {
  /** Names of headers, in any case. */
  readonly headerNames: readonly string[];
  /** Sources of regular expressions; whatever one matches in a text of an event is replaced. */
  readonly patterns: readonly string[];
}

/** Replaces credentials in the texts of events; one for the life of the service. */
export class Redactor {
  readonly #headers: HeaderRedactor;
  readonly #mayHoldSecret: RegExp;
  readonly #secrets: RegExp;

  /** @throws SyntaxError when a pattern of `rules` is not a regular expression. */
  constructor(rules: RedactionRules) {
    const extraNames = rules.headerNames.map((name) => name.toLowerCase().replace(/[^\w-]/g, '\\$&'));
    this.#headers = new HeaderRedactor(extraNames);
    const configured = rules.patterns.map((source) => `(?:${source})`);
    this.#secrets = new RegExp([anySecret, ...configured].join('|'), 'g');
    this.#mayHoldSecret = new RegExp([mayHoldSecret, ...configured].join('|'));
  }

  /** Whether it is a name of which every value is a credential, whatever it is a name of. */
  isCredentialName(name: unknown): boolean {
    return this.#headers.isCredentialName(name);
  }

  /** What the value of a header of this name is; a credential also where the name only ends like that of one. */
  kindOfHeader(name: string): HeaderKind {
    return this.#headers.kindOf(name);
  }

  /** Headers as JSON text or as lines: the values of those that carry credentials, and any secret elsewhere. */
  headers(text: string): string {
    return this.text(this.#headers.redact(text));
  }

  /** A body, a message: whatever has the shape of a secret. */
  text(text: string): string {
    return this.#mayHoldSecret.test(text) ? text.replace(this.#secrets, redacted) : text;
  }

  /** `name=value` pairs of a query or a form: also the values of parameters that are named like credentials. */
  pairs(text: string): string {
    return this.text(redactPairs(text));
  }

  /** A path or a URL: also the password in it, and in its query and fragment the same as `pairs`. */
  url(text: string): string {
    return this.text(redactUrl(text));
  }
}
