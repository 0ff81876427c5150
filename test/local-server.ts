import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that stands beside the services in a test, over HTTP on 127.0.0.1. */
export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** Cuts the connections that are open; nothing happens where it has stopped before. */
  stop(): Promise<void>;
}

/** Starts one; 0: on a free port. */
export async function startLocalServer(answer: http.RequestListener, at = 0): Promise<LocalServer> {
  const server = http.createServer(answer).listen(at, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
