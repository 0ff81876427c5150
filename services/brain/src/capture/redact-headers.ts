/** What stands in the place of a credential. */
export const redacted = '[REDACTED]';

/** Replaces the values of headers that carry credentials, in whatever form a client writes headers down. */
export class HeaderRedactor {
  readonly #isName: RegExp;
  readonly #mayHoldName: RegExp;
  readonly #nameAndValue: RegExp;

  /** @param names sources of regular expressions for whole header names, in lower case */
  constructor(names: readonly string[]) {
    const anyName = names.join('|');
    this.#isName = new RegExp(`^(?:${anyName})$`, 'i');
    // A name may also hide behind an escape of JSON; then the text is parsed to find out.
    this.#mayHoldName = new RegExp(`${anyName}|\\\\u`, 'i');
    this.#nameAndValue = new RegExp(
      `(?<![\\w-])((?:${anyName})['"]?\\s*[:=,]\\s*)` +
        String.raw`(?:b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)`,
      'gi',
    );
  }

  /** The same text when it holds no such header; JSON stays JSON. */
  redact(text: string): string {
    if (!this.#mayHoldName.test(text)) return text;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.#redactLines(text);
    }
    if (value === null || typeof value !== 'object') return this.#redactLines(text);
    return this.#redactValue(value) ? JSON.stringify(value) : text;
  }

  /** `Name: value` lines, and what looks like an object in another notation. */
  #redactLines(text: string): string {
    return text.replace(this.#nameAndValue, (_match, name: string) => `${name}${redacted}`);
  }

  /** Changes a parsed value in place; true when there was something to replace. */
  #redactValue(value: object): boolean {
    if (Array.isArray(value)) return this.#redactList(value);
    let isChanged = false;
    const entries = value as Record<string, unknown>;
    const nameField = ['name', 'key', 'Name', 'Key'].find((field) => this.isCredential(entries[field]));
    for (const [key, member] of Object.entries(entries)) {
      const isValueOfName = nameField !== undefined && /^values?$/i.test(key);
      if (isValueOfName || this.isCredential(key)) {
        if (member !== redacted) isChanged = true;
        entries[key] = redacted;
      } else if (member !== null && typeof member === 'object') {
        isChanged = this.#redactValue(member) || isChanged;
      } else if (typeof member === 'string') {
        const text = this.#redactLines(member);
        if (text !== member) isChanged = true;
        entries[key] = text;
      }
    }
    return isChanged;
  }

  /** A list of headers: pairs, lines, or names and values by turns (as Node's rawHeaders). */
  #redactList(list: unknown[]): boolean {
    let isChanged = false;
    for (let at = 0; at < list.length; at++) {
      const item = list[at];
      if (item !== null && typeof item === 'object') {
        isChanged = this.#redactValue(item) || isChanged;
      } else if (this.isCredential(item) && at + 1 < list.length) {
        list[++at] = redacted;
        isChanged = true;
      } else if (typeof item === 'string') {
        list[at] = this.#redactLines(item);
        isChanged = isChanged || list[at] !== item;
      }
    }
    return isChanged;
  }

  /** Whether it is the name of a header that carries a credential. */
  isCredential(name: unknown): boolean {
    return typeof name === 'string' && this.#isName.test(name.trim());
  }
}
