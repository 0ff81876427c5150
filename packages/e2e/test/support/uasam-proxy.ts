import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands between Brain and UASAM, so that one does not reach the other while the test reaches both. */
export class UasamProxy {
  readonly url: string;
  /** Whether a request for this path finds nobody; its connection is cut. */
  isCut: (path: string) => boolean = () => false;
  readonly #server: http.Server;

  private constructor(url: string, server: http.Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(uasamUrl: string): Promise<UasamProxy> {
    let isCut = (_path: string): boolean => false;
    const server = http.createServer((req, res) => {
      if (isCut(req.url ?? '')) return void req.socket.destroy();
      const onward = http.request(
        `${uasamUrl}${req.url}`,
        { method: req.method, headers: req.headers },
        (answer) => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(res);
        },
      );
      onward.on('error', () => req.socket.destroy());
      req.pipe(onward);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new UasamProxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    isCut = (path) => proxy.isCut(path);
    return proxy;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
