import type { Socket } from 'node:net';
import { FrameReader } from './frame-reader';

const lastWordsTimeoutMs = 1000;

/** A client's socket, as messages in and bytes out, each awaited: who does not read is not written to. */
export class ClientSocket {
  private readonly frames = new FrameReader();
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    // An error is followed by 'close', which is all that matters here.
    socket.on('error', () => undefined);
    this.chunks = socket[Symbol.asyncIterator]();
  }

  get isGone(): boolean {
    return this.socket.destroyed;
  }

  /**
   * The next message; null when the client has left.
   *
   * @param headBytes bytes before the message's length: 0 until the session has started, then 1
   * @throws ClientError when what arrives is no message
   */
  async read(headBytes: 0 | 1): Promise<Buffer | null> {
    for (;;) {
      const frame = this.frames.next(headBytes);
      if (frame) return frame;
      const { value, done } = await this.chunks.next().catch(() => ({ value: undefined, done: true }));
      if (done) return null;
      this.frames.push(value as Buffer);
    }
  }

  /** Settles when the client has room for more, or has left. */
  async write(bytes: Buffer): Promise<void> {
    if (bytes.length === 0 || this.isGone || this.socket.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }

  /** Ends the connection when what was written has been sent, or after a second for a client that does not read. */
  end(): void {
    this.socket.destroySoon();
    setTimeout(() => this.socket.destroy(), lastWordsTimeoutMs).unref();
  }
}
