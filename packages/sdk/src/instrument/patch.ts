import { guard } from '../session-context';

type Method = (this: unknown, ...args: never[]) => unknown;

/**
 * Puts another function in the place of a method, with the name, length and properties of the one that was there.
 *
 * @param wrap makes it; it must pass everything on to `original` while `isActive()` is false
 * @returns puts back exactly what was there; where somebody else has put theirs over it meanwhile, theirs stays and ours
 *   is only no longer active
 */
export function patchMethod(
  target: object,
  name: string,
  wrap: (original: Method, isActive: () => boolean) => Method,
): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const original = Reflect.get(target, name);
  if (before?.configurable === false || typeof original !== 'function') return () => {};
  let isActive = true;
  const patch = wrap(original, () => isActive);
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key);
    if (property !== undefined) Reflect.defineProperty(patch, key, property);
  }
  Object.setPrototypeOf(patch, Object.getPrototypeOf(original));
  Object.defineProperty(target, name, {
    value: patch,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? true,
  });
  return () => {
    isActive = false;
    if (Reflect.get(target, name) !== patch) return;
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}

/**
 * Lets `look` see what a method of this one object is called with, before or after it does its work; arguments,
 * result and what it throws stay as they are, and what `look` throws is counted only.
 *
 * @returns false when the object has no such method
 */
export function watchMethod(
  target: object,
  name: string,
  look: (args: readonly unknown[]) => void,
  when: 'before' | 'after',
): boolean {
  const original = Reflect.get(target, name);
  if (typeof original !== 'function') return false;
  const value = function (this: unknown, ...args: unknown[]): unknown {
    if (when === 'before') guard(() => look(args));
    const result = Reflect.apply(original, this, args);
    if (when === 'after') guard(() => look(args));
    return result;
  };
  Object.defineProperties(value, { name: fixed(original.name), length: fixed(original.length) });
  // Not enumerable, so that an object that is printed or copied looks as ever.
  return Reflect.defineProperty(target, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

const fixed = (value: unknown): PropertyDescriptor => ({ value, configurable: true });
