import { endOpenCalls } from '../../session-context';
import type { ExitTarget } from '../platform';
import { sendAndWait } from './send-and-wait';
import { shared } from './shared';

const signal = 'SIGTERM';
/** What is recorded of a call that was not over by then. */
const ending = 'the process ended';

/** Tells `target` of the end of this process until the function that it gives is called. */
export function onExit(target: ExitTarget): () => void {
  const hooks = shared('exit-hooks.1', () => new ExitHooks());
  hooks.add(target);
  return () => hooks.remove(target);
}

/** Listens once for all targets, and only while there are any. */
class ExitHooks {
  readonly #targets = new Set<ExitTarget>();
  /** Those that could not send in the time that they had: they don't hold up the end a second time. */
  readonly #hasGivenUp = new WeakSet<ExitTarget>();

  add(target: ExitTarget): void {
    this.#targets.add(target);
    if (this.#targets.size > 1) return;
    process.on('beforeExit', this.#onBeforeExit);
    process.on('exit', this.#onExit);
    process.prependListener(signal, this.#onSignal);
  }

  remove(target: ExitTarget): void {
    if (!this.#targets.delete(target) || this.#targets.size > 0) return;
    process.off('beforeExit', this.#onBeforeExit);
    process.off('exit', this.#onExit);
    process.off(signal, this.#onSignal);
  }

  /** Nothing else is to be done: what is sent now keeps the process alive until it is sent, and then it ends. */
  readonly #onBeforeExit = (): void => {
    void this.#flush();
  };

  /** `process.exit()` or an uncaught error: nothing can be awaited any more. */
  readonly #onExit = (): void => {
    endOpenCalls(ending);
    const waiting = this.#waiting();
    const timeoutMs = Math.max(0, ...waiting.map((target) => target.exitTimeoutMs));
    const requests = waiting.flatMap((target) => target.requestsForExit());
    if (requests.length > 0) sendAndWait(requests, timeoutMs);
  };

  /**
   * The others that listen, if any, see the process as it is without us: without our listener. When nobody else is
   * there, the signal ends the process as it would have, a moment later.
   */
  readonly #onSignal = (): void => {
    process.off(signal, this.#onSignal);
    const isOurs = process.listenerCount(signal) === 0;
    // A program that listens itself may go on.
    if (isOurs) endOpenCalls(ending);
    const flushed = this.#flush();
    if (!isOurs) {
      setImmediate(this.#listenAgain).unref();
      return;
    }
    void flushed.then(() => {
      process.kill(process.pid, signal);
      // The first process of a container outlives a signal that nobody listens to.
      setImmediate(this.#listenAgain).unref();
    });
  };

  readonly #listenAgain = (): void => {
    if (this.#targets.size > 0 && !process.listeners(signal).includes(this.#onSignal)) {
      process.prependListener(signal, this.#onSignal);
    }
  };

  #waiting(): ExitTarget[] {
    return [...this.#targets].filter((target) => target.hasPending() && !this.#hasGivenUp.has(target));
  }

  async #flush(): Promise<void> {
    const flushing = this.#waiting().map(async (target) => {
      if (!(await target.flushForExit())) this.#hasGivenUp.add(target);
    });
    await Promise.all(flushing);
  }
}
