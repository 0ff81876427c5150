import { beginOfShape, redacted, secretShapes } from './secret-shapes';

/** What is replaced beside the built-in names and shapes. */
export interface RedactionRules {
  /** Names of headers whose values are replaced, in any case. */
  readonly headers?: readonly string[];
  /** Whatever one matches in a path, query, body, error or event is replaced. */
  readonly patterns?: readonly (RegExp | string)[];
}

/** With `_` for `-` and behind `HTTP_` too, as servers of other languages hand headers on. */
const headerNames = [
  '(?:http_)?authorization',
  '(?:http_)?proxy[-_]authorization',
  '(?:http_)?cookie',
  'set[-_]cookie',
  '(?:http_)?x[-_]api[-_]key',
  '(?:http_)?x[-_]otas[-_][a-z0-9_-]{0,64}',
];

/** Headers of other names that end like that of a credential: `api-key`, `X-Auth-Token`, `X-Goog-Api-Key`. */
const credentialEnding = /(?:^|[-_])(?:api[-_]?key|token|secret|password|signature)$/i;

/** A program's headers have few names; of how many it is remembered whether they are those of credentials. */
const knownNamesMax = 500;

/** Headers whose value is a URL. */
const urlHeader = /^(?:(?:content-)?location|referer)$/i;

/** Parameters of queries and forms that carry credentials, whatever these look like. */
const parameterName =
  /^(?:api[-_.]?key|(?:access|refresh|id|auth|session|security)?[-_.]?token|(?:client[-_.]?)?secret|pass(?:word|wd|phrase)?|pwd|sig(?:nature)?|x-amz-(?:signature|security-token|credential)|code_verifier)$/i;

/** Takes credentials out of what is recorded, by the rules of Brain, before it leaves the process. */
export class Redactor {
  readonly #headerName: RegExp;
  /** Finds something in every text that holds a secret, and in few others; far cheaper than the shapes themselves. */
  readonly #mayHoldSecret: RegExp;
  readonly #secrets: RegExp;
  /** The host's own, each with the flags that it came with. */
  readonly #patterns: readonly RegExp[];
  readonly #knownNames = new Map<string, boolean>();

  /** @throws SyntaxError when a pattern is not a regular expression */
  constructor({ headers = [], patterns = [] }: RedactionRules = {}) {
    const extraNames = headers.map((name) => name.trim().replace(/[^\w-]/g, '\\$&'));
    this.#headerName = new RegExp(`^(?:${[...headerNames, ...extraNames].join('|')})$`, 'i');
    this.#patterns = patterns.map((pattern) =>
      typeof pattern === 'string'
        ? new RegExp(pattern, 'g')
        : new RegExp(pattern.source, `${pattern.flags.replace(/[gy]/g, '')}g`),
    );
    const shapes = secretShapes.map(([begin, rest]) => begin + rest).join('|');
    this.#secrets = new RegExp(`${beginOfShape}(?:${shapes})`, 'g');
    this.#mayHoldSecret = new RegExp(secretShapes.map(([begin]) => begin).join('|'));
  }

  /** Whether it is the name of a header that carries a credential. */
  isCredentialName(name: unknown): boolean {
    return typeof name === 'string' && this.#headerName.test(name.trim());
  }

  /** A path, a body, a message: whatever has the shape of a secret. */
  text(text: string): string {
    const kept = this.#mayHoldSecret.test(text) ? text.replace(this.#secrets, redacted) : text;
    return this.#patterns.reduce((left, pattern) => left.replace(pattern, redacted), kept);
  }

  /** `name=value` pairs of a query or a form: also the values of parameters that are named like credentials. */
  pairs(text: string): string {
    const pairs = text.split('&').map((pair) => {
      const at = pair.indexOf('=');
      return at > 0 && parameterName.test(decode(pair.slice(0, at)))
        ? `${pair.slice(0, at)}=${redacted}`
        : pair;
    });
    return this.text(pairs.join('&'));
  }

  /** A path or a URL: also the password in it, and in its query and fragment the same as `pairs`. */
  url(text: string): string {
    if (!/[?#@]/.test(text)) return this.text(text);
    const [place = '', ...rest] = text.split(/(?=[?#])/);
    const open = place.replace(/^([\w+.-]*:?\/\/[^/:@]*:)[^/@]*@/, `$1${redacted}@`);
    return this.text(open + rest.map((part) => part[0] + this.pairs(part.slice(1))).join(''));
  }

  /** Headers, each value on its own; as a new object. */
  headers(headers: Readonly<Record<string, unknown>>): Record<string, string> {
    const entries = Object.entries(headers).filter(([, value]) => value !== undefined && value !== null);
    return Object.fromEntries(entries.map(([name, value]) => [name, this.#header(name, String(value))]));
  }

  #header(name: string, value: string): string {
    if (this.#isCredentialHeader(name)) return redacted;
    return urlHeader.test(name) ? this.url(value) : this.text(value);
  }

  #isCredentialHeader(name: string): boolean {
    const known = this.#knownNames.get(name);
    if (known !== undefined) return known;
    const isCredential = this.isCredentialName(name) || credentialEnding.test(name.trim());
    if (this.#knownNames.size < knownNamesMax) this.#knownNames.set(name, isCredential);
    return isCredential;
  }
}

/** @throws nothing: what is no percent-encoding is taken as it stands */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
