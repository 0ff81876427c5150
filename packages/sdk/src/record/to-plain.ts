import type { Redactor } from './redactor';
import { cutSecret, redacted } from './secret-shapes';

const truncated = '[TRUNCATED]';
const depthMax = 64;
/** What one value costs, so that many small ones are bounded too, in characters. */
const valueCost = 2;

/**
 * A copy of a value as JSON can hold it, without credentials: texts and names that have the shape of a secret, and what stands
 * under the name of a header that carries credentials (`{"Authorization": …}`, `{"name": "Cookie", "value": …}`,
 * `["Cookie", …]`). As with `JSON.stringify`, `toJSON` is asked and what JSON has no form for is left out; a `bigint`
 * becomes its digits, an `Error` its name and message, binary data its size, and an object that throws when it is read
 * `[UNREADABLE]`. Never throws.
 *
 * @param charsMax how much is copied, in characters, about; what comes later reads `[TRUNCATED]`
 */
export function toPlain(value: unknown, redactor: Redactor, charsMax: number): unknown {
  return new Copier(redactor, charsMax).copy(value, []);
}

class Copier {
  readonly #redactor: Redactor;
  #charsLeft: number;

  constructor(redactor: Redactor, charsMax: number) {
    this.#redactor = redactor;
    this.#charsLeft = charsMax;
  }

  copy(value: unknown, above: readonly unknown[]): unknown {
    this.#charsLeft -= valueCost;
    if (this.#charsLeft <= 0) return truncated;
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (value instanceof Error) return { name: value.name, message: this.#text(value.message) };
    if (above.includes(value)) return '[CIRCULAR]';
    if (above.length >= depthMax) return truncated;
    try {
      return this.#inside(value, [...above, value]);
    } catch {
      // A getter or a toJSON of the host's.
      return '[UNREADABLE]';
    }
  }

  #inside(value: object, inside: readonly unknown[]): unknown {
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.copy(value.toJSON(), inside);
    return Array.isArray(value) ? this.#list(value, inside) : this.#members(value, inside);
  }

  #text(text: string): string {
    const isCut = text.length > this.#charsLeft;
    const kept = isCut ? cutSecret(text.slice(0, Math.max(0, this.#charsLeft))) : text;
    this.#charsLeft -= kept.length;
    return this.#redactor.text(kept) + (isCut ? truncated : '');
  }

  #list(list: readonly unknown[], inside: readonly unknown[]): unknown[] {
    if (list.length === 2 && this.#redactor.isCredentialName(list[0])) return [list[0], redacted];
    const copies: unknown[] = [];
    for (const item of list) {
      copies.push(this.copy(item, inside));
      if (this.#charsLeft <= 0) break;
    }
    return copies;
  }

  #members(object: object, inside: readonly unknown[]): Record<string, unknown> {
    const copies: Record<string, unknown> = {};
    const { name, key } = object as { name?: unknown; key?: unknown };
    const namesCredential = this.#redactor.isCredentialName(name) || this.#redactor.isCredentialName(key);
    let renamed = 0;
    for (const member of Object.keys(object)) {
      this.#charsLeft -= member.length;
      const isCredential =
        this.#redactor.isCredentialName(member) || (namesCredential && /^values?$/i.test(member));
      const copy = isCredential ? redacted : this.copy(object[member as keyof object], inside);
      const cleanName = this.#redactor.text(member);
      if (cleanName !== member) renamed++;
      // Two secrets must not become one member.
      const name = cleanName === member || renamed === 1 ? cleanName : `${cleanName} ${renamed}`;
      // A member of this name would be taken for the prototype.
      if (name === '__proto__') Object.defineProperty(copies, name, { value: copy, enumerable: true });
      else copies[name] = copy;
      if (this.#charsLeft <= 0) break;
    }
    return copies;
  }
}
