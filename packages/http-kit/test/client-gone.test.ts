import { once } from 'node:events';
import net from 'node:net';
import { createLogger, listen, stopListening } from '../src';
import { echoServer } from './support/echo';

test.each(['identity', 'gzip', 'br'])(
  'a client that leaves in the middle of its body (%s) is no error of the service',
  async (encoding) => {
    const lines: string[] = [];
    const logger = createLogger('test', 'debug', { write: (line) => lines.push(line) });
    const server = echoServer({ logger });
    const port = await listen(server, '127.0.0.1', 0);
    const arrived = once(server, 'request');
    const socket = net.connect(port, '127.0.0.1');
    const head = `POST /echo/ HTTP/1.1\r\nHost: x\r\nContent-Encoding: ${encoding}\r\n`;
    socket.write(`${head}Content-Length: 50\r\n\r\n`);
    await arrived;
    socket.destroy();
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stopListening(server, 100);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 20, msg: 'request' }]);
  },
);
