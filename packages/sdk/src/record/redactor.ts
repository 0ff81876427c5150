import { credentialEnding, credentialHeaders, urlHeader } from './credential-names';
import { redactPairs, redactUrl } from './redact-url';
import { anySecret, mayHoldSecret, redacted } from './secret-shapes';

/** What is replaced beside the built-in names and shapes. */
export interface RedactionRules {
  /** Names of headers whose values are replaced, in any case. */
  readonly headers?: readonly string[];
  /** Whatever one matches in a path, query, body, error or event is replaced. */
  readonly patterns?: readonly (RegExp | string)[];
}

const ownHeaders = '(?:http_)?x[-_]otas[-_][a-z0-9_-]{0,64}';
const credentialName = new RegExp(`(?:^|[-_])${credentialEnding}$`, 'i');
const urlName = new RegExp(`^${urlHeader}$`, 'i');

/** A program's headers have few names; of how many it is remembered whether they are those of credentials. */
const knownNamesMax = 500;

const secretWords = new RegExp(mayHoldSecret);
const secrets = new RegExp(anySecret, 'g');

/** Takes credentials out of what is recorded, by the rules of Brain, before it leaves the process. */
export class Redactor {
  readonly #headerName: RegExp;
  /** The host's own, each with the flags that it came with. */
  readonly #patterns: readonly RegExp[];
  readonly #knownNames = new Map<string, boolean>();

  /** @throws SyntaxError when a pattern is not a regular expression */
  constructor({ headers = [], patterns = [] }: RedactionRules = {}) {
    const extraNames = headers.map((name) => name.trim().replace(/[^\w-]/g, '\\$&'));
    const names = [...credentialHeaders, ownHeaders, ...extraNames].join('|');
    this.#headerName = new RegExp(`^(?:${names})$`, 'i');
    this.#patterns = patterns.map((pattern) =>
      typeof pattern === 'string'
        ? new RegExp(pattern, 'g')
        : new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`),
    );
  }

  /** Whether it is the name of a header that carries a credential. */
  isCredentialName(name: unknown): boolean {
    return typeof name === 'string' && this.#headerName.test(name.trim());
  }

  /** A path, a body, a message: whatever has the shape of a secret. */
  text(text: string): string {
    const kept = secretWords.test(text) ? text.replace(secrets, redacted) : text;
    return this.#patterns.reduce((left, pattern) => left.replace(pattern, redacted), kept);
  }

  /** `name=value` pairs of a query or a form: also the values of parameters that are named like credentials. */
  pairs(text: string): string {
    return this.text(redactPairs(text));
  }

  /** A path or a URL: also the password in it, and in its query and fragment the same as `pairs`. */
  url(text: string): string {
    return this.text(redactUrl(text));
  }

  /** Headers, each value on its own; as a new object. */
  headers(headers: Readonly<Record<string, unknown>>): Record<string, string> {
    const entries = Object.entries(headers).filter(([, value]) => value !== undefined && value !== null);
    return Object.fromEntries(entries.map(([name, value]) => [name, this.#header(name, String(value))]));
  }

  #header(name: string, value: string): string {
    if (this.#isCredentialHeader(name)) return redacted;
    return urlName.test(name) ? this.url(value) : this.text(value);
  }

  #isCredentialHeader(name: string): boolean {
    const known = this.#knownNames.get(name);
    if (known !== undefined) return known;
    const isCredential = this.isCredentialName(name) || credentialName.test(name.trim());
    if (this.#knownNames.size < knownNamesMax) this.#knownNames.set(name, isCredential);
    return isCredential;
  }
}
