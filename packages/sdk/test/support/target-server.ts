import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** A request that came, and the status that was sent for it; 0 when none was. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  status: number;
}

/** A server with an answer of each kind, which knows what came to it. */
export interface TargetServer {
  readonly url: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

type Answer = (context: { req: IncomingMessage; res: ServerResponse; id: string; rest: string }) => unknown;

const json = JSON.stringify({ items: ['größer', 'smaller'], next: null });
const binary = Buffer.from(Array.from({ length: 20_000 }, (_, at) => (at * 7) % 256));

/**
 * Paths are `/<kind>/<id>/…`; what concerns one id stands for itself.
 *
 * @param whenSeen is told how many requests have come, and waited for before the last of them is answered
 */
export async function startTargetServer(
  whenSeen: (count: number) => Promise<unknown> | undefined = () => undefined,
): Promise<TargetServer> {
  const seen: Seen[] = [];
  const open = new Map<string, ServerResponse>();
  const waiting = new Map<string, () => void>();
  const keep = (id: string, res: ServerResponse): void => {
    open.set(id, res);
    res.on('close', () => open.delete(id));
    waiting.get(id)?.();
  };
  const whenOpen = async (id: string): Promise<ServerResponse> => {
    if (!open.has(id)) await new Promise<void>((resolve) => waiting.set(id, resolve));
    return open.get(id) as ServerResponse;
  };

  const answers: Record<string, Answer> = {
    json: ({ res }) => res.writeHead(200, { 'Content-Type': 'application/json' }).end(json),
    echo: async ({ req, res }) => {
      const body = Buffer.concat(await req.toArray());
      res.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${req.method} ${body}`);
    },
    binary: ({ res }) => res.writeHead(200, { 'Content-Type': 'image/png' }).end(binary),
    gzip: ({ res }) =>
      res
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
        .end(gzipSync(json)),
    br: ({ res }) =>
      res
        .writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'br' })
        .end(brotliCompressSync(json)),
    status: ({ res, rest }) => res.writeHead(Number(rest), { 'X-Twice': ['a', 'b'] }).end(),
    redirect: ({ res, id, rest }) => res.writeHead(Number(rest), { Location: `/echo/${id}` }).end(),
    // Never answers.
    slow: ({ res, id }) => keep(id, res),
    reset: ({ req }) => req.socket.resetAndDestroy(),
    // Answers as far as the first of ten bytes, and goes on when it is told.
    half: ({ res, id }) => {
      res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 10 }).write('1');
      keep(id, res);
    },
    arrived: async ({ res, id }) => {
      await whenOpen(id);
      res.end('yes');
    },
    next: async ({ res, id, rest }) => {
      const target = await whenOpen(id);
      if (rest === 'cut') target.destroy();
      else if (rest === 'end') target.end('0');
      else target.write(rest);
      res.end('done');
    },
    domain: ({ req, res }) => res.end(String(req.headers['x-otas-agent-session-token'])),
    // More than anybody's buffers hold.
    large: ({ res, id }) => {
      keep(id, res);
      const chunk = Buffer.alloc(1 << 20);
      const go = (left: number): unknown => {
        if (left === 0) return res.end();
        return res.write(chunk) ? setImmediate(go, left - 1) : res.once('drain', () => go(left - 1));
      };
      go(64);
    },
    written: async ({ res, id }) => res.end(String((await whenOpen(id)).socket?.bytesWritten)),
  };

  const see = (req: IncomingMessage): Seen => {
    const one = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, status: 0 };
    seen.push(one);
    return one;
  };
  const server = http.createServer({ keepAliveTimeout: 60_000 }, async (req, res) => {
    const one = see(req);
    const note = (): void => {
      one.status = res.headersSent ? res.statusCode : 0;
    };
    res.on('close', note);
    await whenSeen(seen.length);
    const [, kind = '', id = '', rest = ''] = (req.url ?? '').split(/[/?]/);
    const answer = answers[kind] ?? (() => res.writeHead(404).end());
    void Promise.resolve(answer({ req, res, id, rest })).then(note);
    if (kind !== 'echo') req.resume();
  });
  server.on('upgrade', (req, socket: Socket) => {
    see(req).status = 101;
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello');
  });
  server.on('connect', (req, socket: Socket) => {
    see(req).status = 200;
    socket.end('HTTP/1.1 200 Connection Established\r\n\r\nhello');
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
