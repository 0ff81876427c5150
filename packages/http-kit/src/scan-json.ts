/** What can be told of a JSON text before it is parsed; of a text that is no JSON nothing that counts. */
export interface JsonScan {
  /** The deepest level of arrays and objects; 0: none. */
  readonly levels: number;
  /** Whether there is a number of 16 digits or more, the point counted as one, or one with an exponent. */
  readonly hasLongNumber: boolean;
}

const longNumberDigits = 16;
const [quote, backslash, point, nine, openBrace, closeBrace, letterE] = [34, 92, 46, 57, 123, 125, 101];
/** Sets a letter in lower case, and makes a brace of a bracket. */
const lowerCase = 0x20;

/** One pass over the bytes: UTF-8 has those below 128 for nothing but their characters, and they are read twice as fast as a text. */
export function scanJson(bytes: Buffer): JsonScan {
  const end = bytes.length;
  let [level, levels, digits, hasLongNumber] = [0, 0, 0, false];
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) {
      at = endOfText(bytes, at + 1);
      digits = 0;
    } else if (byte >= point && byte <= nine) {
      if (++digits === longNumberDigits) hasLongNumber = true;
    } else {
      const folded = byte | lowerCase;
      if (folded === letterE && digits > 0) hasLongNumber = true;
      digits = 0;
      if (folded === openBrace) levels = Math.max(levels, ++level);
      else if (folded === closeBrace) level--;
    }
  }
  return { levels, hasLongNumber };
}

/** Where the quote at a text's end stands; the end of the bytes when there is none. */
function endOfText(bytes: Buffer, start: number): number {
  const end = bytes.length;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at++;
  }
  return end;
}
