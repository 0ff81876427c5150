import { createServer } from 'node:net';
import type { EngineExit } from '@otas/embedded';
import { between, type Random } from './random';

/** What an engine and a service have in common. */
interface Running {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<EngineExit>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A process that is ended and started again, always at the same address. */
export class Part {
  readonly #begin: (port: number) => Promise<Running>;
  readonly #port: number;
  #running: Running;
  #isRunning = true;

  private constructor(begin: (port: number) => Promise<Running>, port: number, running: Running) {
    this.#begin = begin;
    this.#port = port;
    this.#running = running;
  }

  static async start(random: Random, begin: (port: number) => Promise<Running>): Promise<Part> {
    const port = await freePort(random);
    return new Part(begin, port, await begin(port));
  }

  get url(): string {
    return this.#running.url;
  }

  /** Starts it again after its end. */
  async restart(): Promise<void> {
    this.#running = await this.#begin(this.#port);
    this.#isRunning = true;
  }

  /** Makes it run, whatever state a test that failed has left it in. */
  async recover(): Promise<void> {
    if (this.#isRunning) this.thaw();
    else await this.restart();
  }

  /** Ends it at once (SIGKILL). */
  kill(): Promise<void> {
    this.#isRunning = false;
    return this.#running.kill();
  }

  /** Lets it finish (SIGTERM), and gives its exit code; null when it had to be killed. */
  async stop(): Promise<number | null> {
    this.#isRunning = false;
    await this.#running.stop();
    return (await this.#running.exited).code;
  }

  /** Takes its processor away: connections are still accepted, by the kernel, and nothing is answered. */
  freeze(): void {
    process.kill(this.#running.pid, 'SIGSTOP');
  }

  thaw(): void {
    process.kill(this.#running.pid, 'SIGCONT');
  }
}

/**
 * Below the ports that a system gives to clients: otherwise a client that tries a port on which nobody listens may be
 * given that very port for its own end, and then it is connected to itself and the port is taken.
 */
async function freePort(random: Random): Promise<number> {
  for (;;) {
    const port = between(random, 15_000, 32_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}
