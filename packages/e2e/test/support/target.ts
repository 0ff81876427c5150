import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

export const slowMs = 150;

/** What a program under test calls: every path is there but `/missing`; `/slow` takes its time. */
export function startTarget(): Promise<LocalServer> {
  return startLocalServer(async (req, res) => {
    req.resume();
    if (req.url === '/slow') await sleep(slowMs);
    const status = req.url === '/missing' ? 404 : req.method === 'POST' ? 201 : 200;
    res.writeHead(status, { 'Content-Type': 'text/plain' }).end('ok');
  });
}
