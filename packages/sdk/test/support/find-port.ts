import { createServer } from 'node:net';

/**
 * A port that stays free while nobody listens on it: below those that systems give to outgoing connections, one of which
 * might else have it when a killed server is started anew.
 */
export async function findPort(): Promise<string> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return String(port);
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
