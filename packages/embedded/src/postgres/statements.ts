import { stringAt, typeOf } from './messages';

/**
 * The prepared statements of one connection. The session is shared, and names would collide: every name gets a
 * prefix of its own on the way to Postgres, and the unnamed statement, of which the session has one, is remembered
 * so that it can be prepared again after another connection has used its own.
 */
export class Statements {
  /** The names Postgres knows this connection's open statements by. */
  readonly names = new Set<string>();
  /** The message that prepared the unnamed statement; null when there is none. */
  private unnamed: Buffer | null = null;

  constructor(private readonly prefix: string) {}

  /** The message to send to Postgres in place of the client's. */
  translate(frame: Buffer): Buffer {
    const at = namePosition(frame);
    const name = at === null ? '' : stringAt(frame, at);
    if (at === null || name === '') return frame;
    if (typeOf(frame) === 'P') this.names.add(this.prefix + name);
    if (typeOf(frame) === 'C') this.names.delete(this.prefix + name);
    return insert(frame, at, this.prefix);
  }

  /** The message that prepares the unnamed statement, when these messages use it before they prepare another. */
  neededBefore(frames: Buffer[]): Buffer | null {
    const first = frames.find(namesUnnamed);
    return first && typeOf(first) !== 'P' ? this.unnamed : null;
  }

  /**
   * Notes what messages that have been run did to the unnamed statement.
   *
   * @returns whether the session's unnamed statement is now this connection's (true), nobody's (false), or whose
   *   it was (null)
   */
  noteUnnamed(frames: Buffer[]): boolean | null {
    const isSimple = frames.some((frame) => typeOf(frame) === 'Q');
    const last = frames
      .filter(namesUnnamed)
      .findLast((frame) => typeOf(frame) !== 'B' && typeOf(frame) !== 'D');
    if (!isSimple && !last) return null;
    this.unnamed = last && !isSimple && typeOf(last) === 'P' ? last : null;
    return this.unnamed !== null;
  }
}

function namesUnnamed(frame: Buffer): boolean {
  const at = namePosition(frame);
  return at !== null && frame[at] === 0;
}

/** Where a message names a prepared statement; null when it names none. */
function namePosition(frame: Buffer): number | null {
  switch (typeOf(frame)) {
    case 'P':
      return 5;
    case 'B':
      return frame.indexOf(0, 5) + 1;
    case 'C':
    case 'D':
      return frame[5] === 0x53 ? 6 : null;
    default:
      return null;
  }
}

function insert(frame: Buffer, at: number, text: string): Buffer {
  const longer = Buffer.concat([frame.subarray(0, at), Buffer.from(text), frame.subarray(at)]);
  longer.writeInt32BE(longer.length - 1, 1);
  return longer;
}
