const plain = /^[ -~]*$/;
const wide =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const withoutWidth = /[\p{Mn}\p{Me}]/u;

/** How many columns of a terminal an escaped text takes: two for the wide characters of East Asia and for emoji. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfOne(character);
  return width;
}

function widthOfOne(character: string): number {
  if (withoutWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** The text in at most `max` columns; what was cut off is an ellipsis. */
export function cut(text: string, max: number): string {
  if (text.length <= max && plain.test(text)) return text;
  if (max <= 0) return '';
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOfOne(character);
    if (width > max) return `${cutPlain(kept, max - 1)}…`;
    kept += character;
  }
  return kept;
}

/** What of the text fits into `max` columns. */
function cutPlain(text: string, max: number): string {
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOfOne(character);
    if (width > max) break;
    kept += character;
  }
  return kept;
}

/** The text in exactly `width` columns, cut or filled with spaces. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + space : space + shown;
}
