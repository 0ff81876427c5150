/**
 * Something of which there is one in a process, also when the SDK was loaded twice (as a module and as CommonJS, say).
 *
 * @param name with a version: whoever changes the shape of `make()` takes another
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`otas.sdk.${name}`);
  const holder = globalThis as unknown as Record<symbol, T | undefined>;
  const found = holder[key];
  if (found !== undefined) return found;
  const made = make();
  Object.defineProperty(holder, key, { value: made });
  return made;
}
