import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A Redis server of a test, on a port that stays the same. */
export interface RedisServer {
  readonly url: string;
  /** Starts it again, empty, after it was killed. */
  start(): Promise<void>;
  /** Ends it as a crash would, in an instant. */
  kill(): Promise<void>;
  /** It stays there, and answers nothing. */
  freeze(): void;
  thaw(): void;
}

/** @throws Error when `TEST_REDIS_SERVER` does not name a server's program */
export async function startRedisServer(): Promise<RedisServer> {
  const program = process.env.TEST_REDIS_SERVER;
  if (!program) throw new Error('TEST_REDIS_SERVER must name the program of a Redis server');
  const port = await freePort();
  let child: ChildProcess | null = null;
  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    start: async () => {
      const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn(program, options, { stdio: 'ignore' });
      const failed = once(child, 'error').then(([error]) => {
        throw error;
      });
      await Promise.race([failed, untilListening(port)]);
    },
    kill: async () => {
      if (child === null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      child = null;
      await ended;
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
  };
  await server.start();
  return server;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = createConnection(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
