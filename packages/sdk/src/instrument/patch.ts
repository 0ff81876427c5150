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
