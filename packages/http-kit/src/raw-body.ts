import { isUtf8 } from 'node:buffer';
import { ApiError } from '@otas/errors';
import { type ExactJson, isJsonObject, parseExactJson } from '@otas/event-schema';
import { scanJson } from './scan-json';

/** A parsed JSON object; its values are whatever the client sent. */
export type JsonObject = Record<string, unknown>;

/** Levels of arrays and objects that a body may have; serialising deeper ones again could exhaust the stack. */
const nestingMaxLevels = 128;

/** A request's body before anybody has looked at it. */
export class RawBody {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /**
   * The body as text, without a byte-order mark.
   *
   * @throws ApiError 400 `invalid_json` when it is not valid UTF-8.
   */
  text(): string {
    if (!isUtf8(this.bytes)) throw invalidJson('the body is not valid UTF-8');
    const hasByteOrderMark = this.bytes[0] === 0xef && this.bytes[1] === 0xbb && this.bytes[2] === 0xbf;
    return this.bytes.toString('utf8', hasByteOrderMark ? 3 : 0);
  }

  /**
   * The body as a JSON object; an empty body is `{}`.
   *
   * @throws ApiError 400 `invalid_json` when it is not JSON, not an object, or nested deeper than 128 levels.
   */
  json(): JsonObject {
    return asObject(this.#parse((text): unknown => JSON.parse(text)));
  }

  /** The same, and the way to write any part of it again with every digit of its numbers; see `parseExactJson`. */
  exactJson(): { readonly object: JsonObject; readonly json: ExactJson } {
    const json = this.#parse(parseExactJson);
    return { object: asObject(json.value), json };
  }

  /** The same of JSON of any kind. @throws ApiError 400 `invalid_json` when it is not JSON, or nested deeper than 128 levels. */
  exactValue(): ExactJson {
    return this.#parse(parseExactJson);
  }

  /** The body's lines that are not blank, each a body of its own. */
  lines(): RawBody[] {
    const lines: RawBody[] = [];
    for (let start = 0; start < this.bytes.length; ) {
      const end = this.bytes.indexOf(lineFeed, start);
      const line = this.bytes.subarray(start, end === -1 ? this.bytes.length : end);
      if (line.some((byte) => byte > space)) lines.push(new RawBody(line));
      start = end === -1 ? this.bytes.length : end + 1;
    }
    return lines;
  }

  #parse<T>(parse: (text: string, hasLongNumber: boolean) => T): T {
    const text = this.text() || '{}';
    const { levels, hasLongNumber } = scanJson(this.bytes);
    if (levels > nestingMaxLevels) throw invalidJson(`nested deeper than ${nestingMaxLevels} levels`);
    try {
      return parse(text, hasLongNumber);
    } catch (error) {
      throw new ApiError('invalid_json', { cause: error });
    }
  }
}

function asObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalidJson('the body is not a JSON object');
}

function invalidJson(message: string): ApiError {
  return new ApiError('invalid_json', { payload: { errors: [{ field: 'body', message }] } });
}

const [lineFeed, space] = [10, 32];
