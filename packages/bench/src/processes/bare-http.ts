import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serveCalls } from '../support/worker';

/** `node:http` alone: reads the body, parses it, answers the given object with 201. */
function listen({ answer }: { answer: object }): Promise<number> {
  const bytes = Buffer.from(JSON.stringify(answer));
  const headers = { 'Content-Type': 'application/json', 'Content-Length': bytes.length };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString());
      res.writeHead(201, headers);
      res.end(bytes);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

serveCalls({ listen });
