import { newEventId } from '../record/event-id';
import type { AgentEvent } from './agent-event';

export interface ToolRecorder {
  event(event: AgentEvent): unknown;
  /** Runs a call so that what it calls belongs to the session. */
  run<T>(fn: () => T): T;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the host's function takes.
type AnyFunction = (...args: any[]) => unknown;

/**
 * The same function, as the host sees it, that is recorded: its input when it is called; its output, or its error, and how
 * long it took, when it returns or when the promise that it gave is settled. Arguments, `this`, result and errors stay as
 * they are; a promise becomes one that is settled in the same way.
 */
export function wrapTool<F extends AnyFunction>(recorder: ToolRecorder, name: string, fn: F): F {
  return new Proxy(fn, {
    apply(target, self, args) {
      const call = new ToolCall(recorder, name, args);
      let result: unknown;
      try {
        result = recorder.run(() => Reflect.apply(target, self, args));
      } catch (error) {
        call.fail(error);
        throw error;
      }
      if (result instanceof Promise) return follow(result, call);
      call.succeed(result);
      return result;
    },
  });
}

/**
 * Whoever looked at the promise itself would make a rejection that the host leaves unhandled a handled one; so the host
 * gets the one that comes behind it, with what the first had been given of its own.
 */
function follow(promise: Promise<unknown>, call: ToolCall): Promise<unknown> {
  const followed = promise.then(
    (value) => {
      call.succeed(value);
      return value;
    },
    (error) => {
      call.fail(error);
      throw error;
    },
  );
  return Object.defineProperties(followed, Object.getOwnPropertyDescriptors(promise));
}

class ToolCall {
  readonly #recorder: ToolRecorder;
  readonly #fields: { readonly tool_call_id: string; readonly tool_name: string };
  readonly #startedAt = performance.now();

  constructor(recorder: ToolRecorder, name: string, args: readonly unknown[]) {
    this.#recorder = recorder;
    this.#fields = { tool_call_id: newEventId(), tool_name: name };
    recorder.event({
      type: 'tool_input',
      ...this.#fields,
      tool_input: args.length === 1 ? asObject(args[0]) : { args },
    });
  }

  succeed(result: unknown): void {
    this.#end(asObject(result), false);
  }

  fail(error: unknown): void {
    this.#end({ error }, true);
  }

  #end(tool_output: object, error: boolean): void {
    const duration_ms = performance.now() - this.#startedAt;
    this.#recorder.event({ type: 'tool_output', ...this.#fields, tool_output, error, duration_ms });
  }
}

/** Inputs and outputs are objects on the wire: what is none becomes the only member of one. */
function asObject(value: unknown): object {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  const prototype = isRecord ? Object.getPrototypeOf(value) : undefined;
  return prototype === Object.prototype || prototype === null ? (value as object) : { value };
}
