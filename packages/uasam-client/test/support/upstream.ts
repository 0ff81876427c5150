import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server in UASAM's place, so that it can be slow, broken or away at a given moment; the true one is in e2e. */
export class Upstream {
  calls = 0;
  /** The path and query of the last question. */
  asked = '';
  respond: (res: http.ServerResponse) => void = (res) => res.end('{}');
  readonly #server = http.createServer((req, res) => {
    this.calls++;
    this.asked = req.url ?? '';
    this.respond(res);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  answer(status: number, body: object | string): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    this.respond = (res) => res.writeHead(status, { 'Content-Type': 'application/json' }).end(text);
  }
}
