import type { Sample } from './metric';

/** Inclusive upper bounds of the buckets, in milliseconds. */
const boundsMs = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

/** How long something took, counted in buckets: 14 numbers, whatever is counted. */
export class Durations {
  readonly #counts = new Float64Array(boundsMs.length + 1);
  #sumMs = 0;

  add(ms: number): void {
    let at = 0;
    while (at < boundsMs.length && ms > (boundsMs[at] as number)) at++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#sumMs += ms;
  }

  /** The samples of a histogram in seconds. */
  samples(labels: Readonly<Record<string, string>> = {}): Sample[] {
    let count = 0;
    const buckets = [...this.#counts].map((inBucket, at) => {
      count += inBucket;
      const boundMs = boundsMs[at];
      const le = boundMs === undefined ? '+Inf' : String(boundMs / 1000);
      return { suffix: '_bucket', labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { suffix: '_sum', labels, value: this.#sumMs / 1000 },
      { suffix: '_count', labels, value: count },
    ];
  }
}
