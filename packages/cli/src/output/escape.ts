/** Controls, what is invisible or turns the direction of a text, lone surrogates, separators of lines. */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text that somebody recorded, for a terminal: what could move its cursor, change its colours or its title, or show the
 * text in another order than it is in, becomes visible: `\n`, `\x1b`, `\u{202e}`. The result is one line.
 */
export function escapeText(text: string): string {
  return text.replace(unsafe, (character) => names[character] ?? escapeSequence(character));
}

function escapeSequence(character: string): string {
  const code = (character.codePointAt(0) as number).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
}

/** The same for a text of several lines, such as CSV. */
export function escapeLines(text: string): string {
  return text.replace(unsafe, (character) => (character === '\n' ? '\n' : escapeText(character)));
}

/** Of JSON text: the same value, in which no terminal finds anything to obey. Line feeds between values stay. */
export function escapeJson(json: string): string {
  return json.replace(unsafe, (character) => (character === '\n' ? '\n' : escapeUnits(character)));
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
