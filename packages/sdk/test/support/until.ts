/** Asks until the answer is as expected; what it was at last when that takes too long. */
export async function until<T>(expected: T, ask: () => T | Promise<T>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await ask();
    if (Object.is(seen, expected) || Date.now() > deadline) return expect(seen).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
