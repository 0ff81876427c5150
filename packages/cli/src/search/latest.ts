/** Keeps the latest few of many, whatever the order in which they come. */
export class Latest<Value> {
  readonly #count: number;
  #kept: { readonly time: number; readonly value: Value }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(time: number, value: Value): void {
    this.#kept.push({ time, value });
    if (this.#kept.length >= this.#count * 2) this.#cut();
  }

  /** In the order of time. */
  take(): Value[] {
    this.#cut();
    return this.#kept.map(({ value }) => value);
  }

  #cut(): void {
    this.#kept = this.#kept.sort((one, other) => one.time - other.time).slice(-this.#count);
  }
}
