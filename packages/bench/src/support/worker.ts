import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** A program of `processes/` in a process of its own that answers calls by name; it ends when this process does. */
export class Worker {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  constructor(program: string) {
    this.#child = fork(path.join(__dirname, '..', 'processes', `${program}.js`), [], {
      serialization: 'advanced',
      // Ctrl-C reaches every process of a terminal's group; here it is the parent that decides.
      detached: true,
      env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    });
    this.#child.on('message', (reply: Reply) => this.#pending.get(reply.id)?.(reply));
    this.#child.once('exit', () => {
      for (const [id, settle] of this.#pending) settle({ id, error: `${program} has ended` });
    });
  }

  /** Calls a handler of the program; rejects with what it threw. */
  call<Result>(name: string, args: unknown): Promise<Result> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (reply) => {
        this.#pending.delete(id);
        if ('error' in reply) reject(new Error(reply.error));
        else resolve(reply.result as Result);
      });
      this.#child.send({ id, name, args });
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

type Handlers = Readonly<Record<string, (args: never) => unknown>>;

/** The body of a program of `processes/`: answers a parent's calls until the parent has ended. */
export function serveCalls(handlers: Handlers): void {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, name, args }: { id: number; name: string; args: never }) => {
    try {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`there is no ${name}`);
      process.send?.({ id, result: await handler(args) });
    } catch (error) {
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  });
}
