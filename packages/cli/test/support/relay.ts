import http from 'node:http';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

/** What becomes of one answer that is passed on. */
export interface Disturbance {
  /** After so many bytes. */
  readonly afterBytes: number;
  /** The connection is cut, nothing more comes, or the answer ends as an export that Brain cannot go on with. */
  readonly how: 'cut' | 'stall' | 'export_interrupted';
}

export interface Relay extends LocalServer {
  /** Paths and queries of what was asked, in order. */
  readonly asked: string[];
}

/**
 * Passes requests on to a service; the first answers of exports with a body are disturbed, one by each disturbance, and the
 * paths in `replaced` are answered with what stands there.
 */
export async function startRelay(
  to: string,
  disturbances: readonly Disturbance[],
  replaced: Readonly<Record<string, object>> = {},
): Promise<Relay> {
  const left = [...disturbances];
  const asked: string[] = [];
  const server = await startLocalServer((req, res) => {
    asked.push(req.url ?? '');
    const instead = replaced[req.url ?? ''];
    if (instead !== undefined) return void res.end(JSON.stringify(instead));
    const upstream = http.request(
      `${to}${req.url}`,
      { method: req.method, headers: req.headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 0, answer.headers);
        const disturbance = req.url?.startsWith('/api/v1/export/') ? left.shift() : undefined;
        if (disturbance === undefined) answer.pipe(res);
        else disturb(answer, res, disturbance);
      },
    );
    req.pipe(upstream);
    res.on('close', () => upstream.destroy());
    upstream.on('error', () => res.destroy());
  });
  return { ...server, asked };
}

function disturb(
  answer: http.IncomingMessage,
  res: http.ServerResponse,
  { afterBytes, how }: Disturbance,
): void {
  let left = afterBytes;
  answer.on('data', (chunk: Buffer) => {
    if (left < 0) return;
    const piece = chunk.subarray(0, left);
    left = chunk.length >= left ? -1 : left - chunk.length;
    if (left >= 0) res.write(chunk);
    else if (how === 'export_interrupted') {
      const whole = piece.subarray(0, piece.lastIndexOf('\n') + 1);
      res.end(`${whole}{"status":0,"status_description":"export_interrupted"}\n`);
    } else res.write(piece, () => how === 'cut' && res.destroy());
  });
}
