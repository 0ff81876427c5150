import { countFault } from '../session-context';
import type { ObservedCall } from './observed-call';

/** Sees what a method of an object is called with; `owner` is whoever watches this one object, as a rule a call. */
export type Look<Owner = ObservedCall> = (owner: Owner, args: readonly unknown[], target: object) => void;

type Method = (this: object, ...args: unknown[]) => unknown;

/**
 * Makes what watches a method of single objects: `look` sees what it is called with, before or after it does its work.
 * Arguments, result and what it throws stay as they are, and a fault of `look` is counted only.
 *
 * @returns watches the method of an object from now on; false when it has no such method
 */
export function createWatch<Owner = ObservedCall>(
  name: string,
  look: Look<Owner>,
  when: 'before' | 'after' = 'before',
): (target: object, owner: Owner) => boolean {
  const owners = new WeakMap<object, Owner>();
  const see = (target: object, args: readonly unknown[]): void => {
    const owner = owners.get(target);
    if (owner === undefined) return;
    try {
      look(owner, args, target);
    } catch {
      countFault();
    }
  };
  // As a rule a method is that of a class, and one function of ours is enough for all of its objects.
  const watchers = new WeakMap<Method, PropertyDescriptor>();
  return (target, owner) => {
    const original = Reflect.get(target, name);
    if (typeof original !== 'function') return false;
    let watcher = watchers.get(original);
    if (watcher === undefined) {
      const value = makeWatcher(original, see, when);
      // Not enumerable, so that an object that is printed or copied looks as ever.
      watcher = { value, writable: true, configurable: true, enumerable: false };
      watchers.set(original, watcher);
    }
    owners.set(target, owner);
    return Reflect.defineProperty(target, name, watcher);
  };
}

function makeWatcher(
  original: Method,
  see: (target: object, args: readonly unknown[]) => void,
  when: 'before' | 'after',
): Method {
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
