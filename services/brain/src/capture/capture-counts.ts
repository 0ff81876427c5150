/** What became of a project's events; `accepted` = `stored` + `waiting` + `dead`, after every transaction of the log. */
export interface CaptureCounts {
  /** Different events that got a 201. */
  readonly accepted: number;
  /** Events that got a 201 and were known already: the same event, sent again. */
  readonly duplicate: number;
  /** Events that got an error of their own. */
  readonly rejected: number;
  /** In the log and not yet in ClickHouse. */
  readonly waiting: number;
  readonly stored: number;
  /** Set aside, because ClickHouse will never take them as they are. */
  readonly dead: number;
}

const zero: CaptureCounts = { accepted: 0, duplicate: 0, rejected: 0, waiting: 0, stored: 0, dead: 0 };
const prefix = 'counts ';

/** The counts of every project on this log, in memory; the log keeps them as texts beside its records. */
export class CaptureCounters {
  readonly #counts = new Map<string, CaptureCounts>();

  /** @param texts all texts of the log */
  constructor(texts: ReadonlyMap<string, string>) {
    for (const [name, text] of texts) {
      if (name.startsWith(prefix)) this.#counts.set(name.slice(prefix.length), JSON.parse(text));
    }
  }

  of(projectId: string): CaptureCounts {
    return this.#counts.get(projectId) ?? zero;
  }

  /** Adds to counts; a negative number takes away. */
  add(projectId: string, change: Partial<CaptureCounts>): void {
    const sum: Record<string, number> = { ...this.of(projectId) };
    for (const [name, number] of Object.entries(change)) sum[name] = (sum[name] ?? 0) + number;
    this.#counts.set(projectId, sum as unknown as CaptureCounts);
  }

  /** What the log is to keep for these projects. */
  textsOf(projectIds: Iterable<string>): Map<string, string> {
    return new Map([...projectIds].map((id) => [prefix + id, JSON.stringify(this.of(id))]));
  }
}
