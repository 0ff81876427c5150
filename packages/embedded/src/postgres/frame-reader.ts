import { ClientError } from './messages';

const maxFrameBytes = 256 * 1024 * 1024;

/** Cuts what arrives on a socket into messages, whatever the pieces it arrives in. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** How many bytes must be there before it is worth looking again: a long message is joined once, at its end. */
  private wanted = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
  }

  /**
   * The next whole message with its header; null when it has not arrived yet.
   *
   * @param headBytes bytes before the length: 0 for the messages of the start-up, 1 (the type) for all later ones
   * @throws ClientError when the length is impossible or above 256 MiB
   */
  next(headBytes: 0 | 1): Buffer | null {
    this.wanted = Math.max(this.wanted, headBytes + 4);
    if (this.bytes < this.wanted) return null;
    const all = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    this.chunks = [all];
    const length = all.readInt32BE(headBytes);
    if (length < 4 || length > maxFrameBytes)
      throw new ClientError('08P01', `invalid message length ${length}`);
    this.wanted = headBytes + length;
    if (all.length < this.wanted) return null;
    const frame = all.subarray(0, this.wanted);
    this.chunks = [all.subarray(this.wanted)];
    this.bytes -= this.wanted;
    this.wanted = 0;
    return frame;
  }
}
