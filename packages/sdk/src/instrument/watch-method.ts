import { countFault } from '../session-context';
import type { ObservedCall } from './observed-call';

/** Sees what a method of an object that belongs to a call is called with. */
export type Look = (call: ObservedCall, args: readonly unknown[], target: object) => void;

type Method = (this: object, ...args: unknown[]) => unknown;

/** Whose an object is of which methods are watched. */
const callsOf = new WeakMap<object, ObservedCall>();

/**
 * Makes what watches a method of single objects: `look` sees what it is called with, before or after it does its work.
 * Arguments, result and what it throws stay as they are, and a fault of `look` is counted only.
 *
 * @returns watches the method of an object from now on; false when it has no such method
 */
export function createWatch(
  name: string,
  look: Look,
  when: 'before' | 'after' = 'before',
): (target: object, call: ObservedCall) => boolean {
  // As a rule a method is that of a class, and one function of ours is enough for all of its objects.
  const watchers = new WeakMap<Method, Method>();
  return (target, call) => {
    const original = Reflect.get(target, name);
    if (typeof original !== 'function') return false;
    let watcher = watchers.get(original);
    if (watcher === undefined) {
      watcher = makeWatcher(original, look, when);
      watchers.set(original, watcher);
    }
    callsOf.set(target, call);
    // Not enumerable, so that an object that is printed or copied looks as ever.
    return Reflect.defineProperty(target, name, {
      value: watcher,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  };
}

function makeWatcher(original: Method, look: Look, when: 'before' | 'after'): Method {
  const see = (target: object, args: readonly unknown[]): void => {
    const call = callsOf.get(target);
    if (call === undefined) return;
    try {
      look(call, args, target);
    } catch {
      countFault();
    }
  };
  const watcher: Method =
    when === 'before'
      ? function (...args) {
          see(this, args);
          return Reflect.apply(original, this, args);
        }
      : function (...args) {
          const result = Reflect.apply(original, this, args);
          see(this, args);
          return result;
        };
  for (const property of ['name', 'length'] as const)
    Object.defineProperty(watcher, property, { value: original[property], configurable: true });
  return watcher;
}
