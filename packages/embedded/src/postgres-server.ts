import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Backend } from './postgres/backend';
import { ClientSocket } from './postgres/client-socket';
import { Connection } from './postgres/connection';

export interface PostgresServerOptions {
  /** The data directory, which nobody else uses; `memory` keeps everything in memory. */
  dir: string;
  /** How long a client in a transaction may do nothing while others wait; then it is disconnected. */
  idleInTransactionTimeoutMs: number;
  /** Called when Postgres has ended by itself: no statement can be run any more. */
  onFatal: (err: unknown) => void;
}

/** Postgres on a directory, and the server for its wire protocol; the caller makes it listen. */
export interface PostgresServer {
  server: Server;
  /** Ends all connections, rolls back what they left open, and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the database of a directory, made on first use.
 *
 * @throws Error when the database cannot be opened
 */
export async function openPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  const { dir, idleInTransactionTimeoutMs, onFatal } = options;
  const backend = await (dir === 'memory' ? Backend.open('memory://') : openDirectory(dir));
  const clients = new Map<ClientSocket, Promise<void>>();
  const server = createServer((socket) => {
    const client = new ClientSocket(socket);
    const served = new Connection(client, backend, idleInTransactionTimeoutMs).serve().catch(onFatal);
    clients.set(client, served);
    void served.then(() => clients.delete(client));
  });
  const close = async () => {
    server.close();
    for (const client of clients.keys()) client.end();
    await Promise.all(clients.values());
    await backend.close();
  };
  return { server, close };
}

/** A directory whose making was cut off, for instance by `kill -9`, holds nothing yet and is made again. */
async function openDirectory(dir: string): Promise<Backend> {
  const data = join(dir, 'data');
  const whole = join(dir, 'data.complete');
  if (!existsSync(whole)) {
    await rm(data, { recursive: true, force: true });
    await mkdir(data, { recursive: true, mode: 0o700 });
    const worker = new Worker(join(__dirname, 'postgres', 'create-worker.js'), { workerData: data });
    await once(worker, 'exit');
    await writeFile(whole, '', { mode: 0o600 });
  }
  return Backend.open(data);
}
