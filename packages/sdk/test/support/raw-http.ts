import net from 'node:net';

/** Headers that differ from one answer to the next whatever the server does. */
const changing = /^(?:Date|Keep-Alive): [^\r]*\r\n/gim;

/**
 * Sends bytes over one connection, and gives all that comes back until the server closes it, as it came but for the date.
 *
 * @param pieces sent one after the other, each once the one before has been handed to the system
 */
export async function exchangeRaw(port: number, ...pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  const closed = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
  for (const piece of pieces) await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  await closed;
  return Buffer.concat(chunks).toString('latin1').replace(changing, '');
}

/** Sends bytes, and cuts the connection once the answer holds `text`, or at once when that is empty. */
export async function exchangeAndCut(port: number, request: Buffer, text: string): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (answer.includes(text)) resolve();
    });
    socket.write(request, () => text === '' && resolve());
  });
  socket.destroy();
}

/** A request as it stands on the wire, after which the connection closes. */
export function rawRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = '',
): Buffer {
  const length = body.length === 0 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const all = { Host: 'back.end', ...headers, ...length };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}
