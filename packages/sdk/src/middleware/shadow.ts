/**
 * Puts a function of the object's own in front of the one that it has, with that one's name and length, and not seen by
 * whoever lists the object's properties.
 *
 * @param make gives the new function; it must call `original` with its own `this` and arguments
 */
export function shadow<T extends object, K extends keyof T>(
  object: T,
  name: K,
  make: (original: T[K] & Callable) => (this: T, ...args: never[]) => unknown,
): void {
  const original = object[name] as T[K] & Callable;
  const value = make(original);
  Object.defineProperty(value, 'name', { value: original.name, configurable: true });
  Object.defineProperty(value, 'length', { value: original.length, configurable: true });
  const enumerable = Object.prototype.propertyIsEnumerable.call(object, name);
  Object.defineProperty(object, name, { value, enumerable, writable: true, configurable: true });
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the function takes is handed on as it came.
type Callable = (...args: any[]) => unknown;
