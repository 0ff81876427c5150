import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between Brain and UASAM (or ClickHouse), so that the one does not reach the other while a test reaches both. */
export class UasamProxy {
  /** The URL of UASAM. */
  target = '';
  /** Whether whoever asks for this path finds nobody: the connection is cut. */
  isCut: (path: string) => boolean = () => false;
  /** Whether whoever asks gets no answer. */
  hangs = false;
  readonly #server = http.createServer((req, res) => this.#pass(req, res));

  static async start(): Promise<UasamProxy> {
    const proxy = new UasamProxy();
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #pass(req: http.IncomingMessage, res: http.ServerResponse): void {
    const { url = '', method, headers } = req;
    if (this.isCut(url)) return void req.socket.destroy();
    if (this.hangs) return;
    const onward = http.request(`${this.target}${url}`, { method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => req.socket.destroy());
    req.pipe(onward);
  }
}
