import { once } from 'node:events';
import net from 'node:net';
import { createLogger, listen, stopListening } from '../src';
import { echoServer } from './support/echo';

test.each([
  ['in the middle of its body', '/echo/', 'identity'],
  ['in the middle of its body', '/echo/', 'gzip'],
  ['in the middle of its body', '/echo/', 'br'],
  ['before its body is read', '/slow/', 'identity'],
])(
  'a client that leaves %s (%s, %s) is no error of the service, and the end of its request',
  async (_when, path, encoding) => {
    const lines: string[] = [];
    const logger = createLogger('test', 'debug', { write: (line) => lines.push(line) });
    const server = echoServer({ logger });
    const port = await listen(server, '127.0.0.1', 0);
    const arrived = once(server, 'request');
    const socket = net.connect(port, '127.0.0.1');
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Encoding: ${encoding}\r\n`;
    socket.write(`${head}Content-Length: 50\r\n\r\n`);
    await arrived;
    socket.destroy();
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stopListening(server, 100);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 20, msg: 'request' }]);
  },
);
