import type http from 'node:http';
import { listen, stopListening } from '../src';
import { echoServer, sendRaw } from './support/echo';

let server: http.Server;
let port: number;

beforeAll(async () => {
  server = echoServer();
  port = await listen(server, '127.0.0.1', 0);
});
afterAll(() => stopListening(server, 100));

/** A whole answer, but for its time. */
async function answerTo(method: string, target: string): Promise<string> {
  const head = `${method} ${target} HTTP/1.1\r\nHost: x\r\nX-Request-Id: 1\r\nConnection: close\r\n`;
  const received = await sendRaw(port, `${head}Content-Length: 2\r\n\r\n{}`);
  return received.replace(/Date: .*\r\n/, '');
}

test.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
  '%s is answered the same, head and body, however the path is spelled',
  async (method) => {
    for (const path of ['/echo/', '/refused/', '/ping']) {
      const expected = await answerTo(method, path);
      expect(expected).toMatch(/^HTTP\/1\.1 (?!404)[245]/);
      const bare = path.replace(/\/$/, '');
      const targets = [
        bare,
        `${bare}/`,
        `/${path}`,
        `//${bare}`,
        `${path}?b=/c`,
        `${bare}?`,
        `http://x${path}`,
      ];
      for (const target of targets) {
        expect([target, await answerTo(method, target)]).toEqual([target, expected]);
      }
    }
  },
);

test.each(['/echo//', '/Echo/', '/%65cho/', '/echo/x', '/ech', '/echo;a=1', '/echo%2f', '//', '/?/echo/'])(
  '%s is another path, and unknown',
  async (path) => {
    expect(await answerTo('POST', path)).toMatch(/^HTTP\/1\.1 404 (?:.*\r\n)*.*"not_found"/);
  },
);

test.each(['/ping?a=1&a=%2F', '/ping/?a=1&a=%2F', '//ping?a=1&a=%2F'])('%s has its query', async (path) => {
  expect(await answerTo('GET', path)).toMatch(/"query":\["1","\/"\]/);
});
