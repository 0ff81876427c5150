import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a service and Postgres, and lets nothing through any more once a client has sent a text often enough. */
export class StallingProxy {
  /** Resolves when it has stalled. */
  readonly stalled: Promise<void>;
  /** How to reach Postgres through it. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, url: string, stalled: Promise<void>) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = url;
    this.stalled = stalled;
  }

  /** @param times how often the text goes through; the next time it does not */
  static async start(target: string, text: string, times: number): Promise<StallingProxy> {
    const { hostname, port } = new URL(target);
    const sockets = new Set<Socket>();
    let stall: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => {
      stall = resolve;
    });
    let seen = 0;
    const server = createServer((client) => {
      const postgres = connect(Number(port), hostname);
      for (const [one, other] of [
        [client, postgres],
        [postgres, client],
      ] as const) {
        sockets.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
      }
      postgres.on('data', (chunk) => client.write(chunk));
      client.on('data', (chunk) => {
        if (chunk.includes(text)) seen++;
        if (seen > times) stall();
        else postgres.write(chunk);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    url.hostname = '127.0.0.1';
    return new StallingProxy(server, sockets, url.href, stalled);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
