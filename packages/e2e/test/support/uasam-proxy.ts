import http from 'node:http';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

/** Stands between Brain and UASAM (or ClickHouse), so that the one does not reach the other while a test reaches both. */
export interface UasamProxy extends LocalServer {
  /** The URL of UASAM. */
  target: string;
  /** Whether whoever asks for this path finds nobody: the connection is cut. */
  isCut: (path: string) => boolean;
  /** Whether whoever asks gets no answer. */
  hangs: boolean;
  /** Waited for before who asked for this path gets the answer that is there. */
  beforeAnswer: (path: string) => Promise<void>;
}

/** It passes on what comes, once its target is told. */
export async function startUasamProxy(): Promise<UasamProxy> {
  const way = {
    ...{ target: '', isCut: (_path: string) => false, hangs: false },
    beforeAnswer: async (_path: string): Promise<void> => undefined,
  };
  const server = await startLocalServer((req, res) => {
    const { url = '', method, headers } = req;
    if (way.isCut(url)) return void req.socket.destroy();
    if (way.hangs) return;
    const onward = http.request(`${way.target}${url}`, { method, headers }, async (answer) => {
      await way.beforeAnswer(url);
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => req.socket.destroy());
    req.pipe(onward);
  });
  return Object.assign(way, server);
}
