import { connect, type Socket } from 'node:net';
import { finalStatus, message } from '../../src/postgres/messages';

const int16 = Buffer.alloc(2);

export const parse = (sql: string) => message('P', '', sql, int16);
export const execute = Buffer.concat([
  message('B', '', '', int16, int16, int16),
  message('E', '', Buffer.alloc(4)),
]);
export const sync = message('S');
export const flush = message('H');
export const query = (sql: string) => message('Q', sql);

/** A client that sends exactly what it is told to, which drivers do not. */
export class RawPostgres {
  private answer = Buffer.alloc(0);
  private answered: (answer: string) => void = () => undefined;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.answer = Buffer.concat([this.answer, chunk]);
      if (finalStatus(this.answer) === null) return;
      this.answered(this.answer.toString('latin1'));
      this.answer = Buffer.alloc(0);
    });
  }

  static async connect(url: string): Promise<RawPostgres> {
    const { hostname, port } = new URL(url);
    const client = new RawPostgres(connect(Number(port), hostname));
    const startup = Buffer.from('\0\0\0\0\0\x03\0\0user\0me\0\0', 'latin1');
    startup.writeInt32BE(startup.length, 0);
    await client.ask(startup);
    return client;
  }

  /** Sends messages and waits until the server is ready for more. */
  ask(...messages: Buffer[]): Promise<string> {
    const answer = new Promise<string>((resolve) => {
      this.answered = resolve;
    });
    this.socket.write(Buffer.concat(messages));
    return answer;
  }
}
