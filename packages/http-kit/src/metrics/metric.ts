/** One number of a metric, with the labels that tell it from its neighbours. */
export interface Sample {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** What stands behind the metric's name: `_bucket`, `_sum` or `_count` of a histogram. */
  readonly suffix?: string;
}

/**
 * What a scrape reads: whoever has the numbers counts in plain fields, and nothing is computed until somebody asks. Names are
 * those of Prometheus: a unit (`_seconds`, `_bytes`) and, for a counter, `_total` at the end.
 */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  read(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** A number that goes up and down, without labels. */
export function gauge(name: string, help: string, read: () => number): Metric {
  return { name, help, type: 'gauge', read: () => [{ value: read() }] };
}

/** A number that only grows, without labels. */
export function counter(name: string, help: string, read: () => number): Metric {
  return { name, help, type: 'counter', read: () => [{ value: read() }] };
}
