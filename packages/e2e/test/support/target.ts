import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const slowMs = 150;

/** What a program under test calls: every path is there but `/missing`; `/slow` takes its time. */
export async function startTarget(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = http.createServer(async (req, res) => {
    req.resume();
    if (req.url === '/slow') await sleep(slowMs);
    const status = req.url === '/missing' ? 404 : req.method === 'POST' ? 201 : 200;
    res.writeHead(status, { 'Content-Type': 'text/plain' }).end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
