import { credentialEnding, credentialHeaders, urlHeader } from './credential-names';
import { redactUrl } from './redact-url';
import { redacted } from './secret-shapes';

/** Ids of agents and projects stand in such headers too, and are kept. */
const ownHeaders = '(?:http_)?x[-_]otas[-_][a-z0-9_-]{0,64}(?:token|key|secret)';

/** How each built-in name ends, as a text or in JSON: finds something wherever one may stand. */
const ends = '(?:authorization|cookie|key|token|secret|password|signature|location|referer)\\b';

/** Once in each run of the characters of names, so that the time is linear in the length of the text. */
const beginOfName = String.raw`(?<![\w-])`;

/**
 * A name that ends like that of a credential, with what parts it from its value. Unlike a name that is known as a whole it
 * counts only where a header begins, and not before a comma in a list of names.
 */
const endingInLine =
  String.raw`(?=\w)(?<=(?:^|[\r\n{[(<>,'"])[ \t]*)(?:[\w-]{0,64}[-_])?${credentialEnding}` +
  String.raw`(?:['"]?[ \t]*[:=][ \t]*|['"][ \t]*,[ \t]*(?=b?['"]))`;

/** A value in a line: a text in quotes, or all that is left of the line and its folds. */
const valueInLine = String.raw`(?:b?'(?:[^'\\]|\\.)*'|b?"(?:[^"\\]|\\.)*"|[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)`;

const credentialName = new RegExp(`(?:^|[-_])${credentialEnding}$`, 'i');
const urlName = new RegExp(`^${urlHeader}$`, 'i');
const urlInLine = new RegExp(String.raw`${beginOfName}(${urlHeader}['"]?\s*[:=,]\s*b?['"]?)([^\s'"]+)`, 'gi');

/** What the value of a header is, by the header's name. */
export type HeaderKind = 'credential' | 'url' | 'other';

/** Headers have few names, and short ones; of how many it is remembered of what kind they are. */
const [knownNamesMax, knownNameMaxLength] = [500, 64];

/** Replaces the values of headers that carry credentials, in whatever form a client writes headers down. */
export class HeaderRedactor {
  readonly #isName: RegExp;
  readonly #mayHoldName: RegExp;
  readonly #nameAndValue: RegExp;
  readonly #kinds = new Map<string, HeaderKind>();

  /** @param extraNames sources of regular expressions for whole header names, beside the built-in ones */
  constructor(extraNames: readonly string[]) {
    const anyName = [...credentialHeaders, ownHeaders, ...extraNames].join('|');
    this.#isName = new RegExp(`^(?:${anyName})$`, 'i');
    // A name may also hide behind an escape of JSON; then the text is parsed to find out.
    this.#mayHoldName = new RegExp([ends, ...extraNames, '\\\\u'].join('|'), 'i');
    this.#nameAndValue = new RegExp(
      String.raw`${beginOfName}((?:${anyName})['"]?\s*[:=,]\s*|${endingInLine})${valueInLine}`,
      'gi',
    );
  }

  /** Whether it is a name of which every value is a credential, whatever it is a name of. */
  isCredentialName(name: unknown): boolean {
    return typeof name === 'string' && this.#isName.test(name.trim());
  }

  /** Of a name that only ends like that of a credential, too. */
  kindOf(name: string): HeaderKind {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const isCredential = this.isCredentialName(name) || credentialName.test(name.trim());
    const kind = isCredential ? 'credential' : urlName.test(name.trim()) ? 'url' : 'other';
    const isKept = name.length <= knownNameMaxLength && this.#kinds.size < knownNamesMax;
    if (isKept) this.#kinds.set(name, kind);
    return kind;
  }

  /** The same text when it holds no such header; JSON stays JSON. */
  redact(text: string): string {
    if (!this.#mayHoldName.test(text)) return text;
    if (!/^\s*[[{]/.test(text)) return this.#redactLines(text);
    try {
      const value: unknown = JSON.parse(text);
      const clean = this.#redactValue(value, 'other');
      return clean === value ? text : JSON.stringify(clean);
    } catch {
      // No JSON, or nested too deeply.
      return this.#redactLines(text);
    }
  }

  /** `Name: value` lines, and what looks like an object in another notation. */
  #redactLines(text: string): string {
    if (!this.#mayHoldName.test(text)) return text;
    return text
      .replace(this.#nameAndValue, (_match, name: string) => `${name}${redacted}`)
      .replace(urlInLine, (_match, name: string, url: string) => `${name}${redactUrl(url)}`);
  }

  /** A parsed value under the name of a header of this kind; the same one when there is nothing to replace. */
  #redactValue(value: unknown, kind: HeaderKind): unknown {
    if (kind === 'credential') return redacted;
    if (typeof value === 'string') return kind === 'url' ? redactUrl(value) : this.#redactLines(value);
    if (Array.isArray(value)) return this.#redactList(value, kind);
    return typeof value === 'object' && value !== null ? this.#redactMembers(value) : value;
  }

  #redactMembers(object: object): object {
    const members = object as Record<string, unknown>;
    const named = this.#kindOfNamed(members);
    let isChanged = false;
    const entries = Object.entries(members).map(([name, value]): [string, unknown] => {
      const isOfNamed = named !== 'other' && /^values?$/i.test(name);
      const clean = this.#redactValue(value, isOfNamed ? named : this.kindOf(name));
      isChanged ||= clean !== value;
      return [name, clean];
    });
    return isChanged ? Object.fromEntries(entries) : object;
  }

  /** Of the header that `{"name": …, "value": …}` is; `other` too where it is none. */
  #kindOfNamed(members: Readonly<Record<string, unknown>>): HeaderKind {
    for (const field of ['name', 'key', 'Name', 'Key']) {
      const name = members[field];
      const kind = typeof name === 'string' ? this.kindOf(name) : 'other';
      if (kind !== 'other') return kind;
    }
    return 'other';
  }

  /** Values of one header, or headers: pairs, lines, or names and values by turns (as Node's rawHeaders). */
  #redactList(list: readonly unknown[], kind: HeaderKind): readonly unknown[] {
    let isName = true;
    let named = kind;
    const items = list.map((item) => {
      const clean = this.#redactValue(item, named);
      const next = isName && typeof item === 'string' ? this.kindOf(item) : 'other';
      isName = next === 'other';
      named = isName ? kind : next;
      return clean;
    });
    return items.every((item, at) => item === list[at]) ? list : items;
  }
}
