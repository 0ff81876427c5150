/** The messages of the Postgres wire protocol (version 3) that this server reads and writes itself. */

/** Ends a client's connection, with the SQLSTATE and the text it is told. */
export class ClientError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A backend message: type byte, length, then the parts; strings end with a zero byte. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? cString(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export const authenticationOk = message('R', int32(0));
export const sync = message('S');
/** Fails, and with it the transaction it is sent in. */
export const failingParse = message('P', '', 'no statement', Buffer.alloc(2));

export function parameterStatus(name: string, value: string): Buffer {
  return message('S', name, value);
}

/** Process id and secret for cancel requests, which this server ignores. */
export function backendKeyData(id: number): Buffer {
  return message('K', int32(id), int32(0));
}

/** Status `I`: idle, `T`: in a transaction, `E`: in a failed one. */
export function readyForQuery(status: 'I' | 'T' | 'E'): Buffer {
  return message('Z', Buffer.from(status));
}

export function errorResponse({ code, message: text }: ClientError): Buffer {
  return message('E', 'SFATAL', 'VFATAL', `C${code}`, `M${text}`, Buffer.from([0]));
}

/** Tells a client that asks for protocol 3.x that it gets 3.0, without the options it named. */
export function negotiateProtocolVersion(unknownOptions: string[]): Buffer {
  return message('v', int32(0), int32(unknownOptions.length), ...unknownOptions);
}

export function simpleQuery(sql: string): Buffer {
  return message('Q', sql);
}

export function closeStatement(name: string): Buffer {
  return message('C', Buffer.from('S'), name);
}

/** The type of a message, its first byte. */
export function typeOf(frame: Buffer): string {
  return String.fromCharCode(frame[0] as number);
}

/** The zero-terminated string at an offset, without the zero. */
export function stringAt(frame: Buffer, offset: number): string {
  const end = frame.indexOf(0, offset);
  return frame.toString('utf8', offset, end === -1 ? frame.length : end);
}

/** The statement of a Query or Parse message. */
export function sqlOf(frame: Buffer): string {
  return stringAt(frame, typeOf(frame) === 'P' ? frame.indexOf(0, 5) + 1 : 5);
}

/** The status of the ReadyForQuery at the end of a backend's output; null when it does not end with one. */
export function finalStatus(output: Buffer): 'I' | 'T' | 'E' | null {
  const start = output.length - 6;
  if (start < 0 || output[start] !== 0x5a || output.readInt32BE(start + 1) !== 5) return null;
  return String.fromCharCode(output[start + 5] as number) as 'I' | 'T' | 'E';
}

/** The tags (`SET`, `INSERT 0 1`) of the statements that completed in a backend's output. */
export function* completedTags(output: Buffer): Generator<string> {
  for (let at = 0; at + 5 <= output.length; at += 1 + output.readInt32BE(at + 1)) {
    if (output[at] === 0x43) yield stringAt(output, at + 5);
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}
