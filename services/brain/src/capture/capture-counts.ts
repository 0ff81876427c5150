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

/** Adds two counts, name by name. */
export function sumCounts(a: CaptureCounts, b: CaptureCounts): CaptureCounts {
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    rejected: a.rejected + b.rejected,
    waiting: a.waiting + b.waiting,
    stored: a.stored + b.stored,
    dead: a.dead + b.dead,
  };
}

const zero: CaptureCounts = { accepted: 0, duplicate: 0, rejected: 0, waiting: 0, stored: 0, dead: 0 };
const prefix = 'counts ';

/** The counts of every project on this log, in memory; the log keeps them as texts beside its records. */
export class CaptureCounters {
  readonly #counts = new Map<string, CaptureCounts>();
  #changed = new Set<string>();

  /** @param texts all texts of the log */
  constructor(texts: ReadonlyMap<string, string>) {
    for (const [name, text] of texts) {
      if (!name.startsWith(prefix)) continue;
      const projectId = name.slice(prefix.length);
      this.#counts.set(projectId, JSON.parse(text));
      this.#changed.add(projectId);
    }
  }

  of(projectId: string): CaptureCounts {
    return this.#counts.get(projectId) ?? zero;
  }

  /** Adds to counts; a negative number takes away. */
  add(projectId: string, change: Partial<CaptureCounts>): void {
    this.#counts.set(projectId, sumCounts(this.of(projectId), { ...zero, ...change }));
    this.#changed.add(projectId);
  }

  /** What the log is to keep for these projects. */
  textsOf(projectIds: Iterable<string>): Map<string, string> {
    return new Map([...projectIds].map((id) => [prefix + id, JSON.stringify(this.of(id))]));
  }

  /** The counts that have changed since this was last asked; all of them the first time. */
  takeChanged(): Map<string, CaptureCounts> {
    const changed = new Map([...this.#changed].map((id) => [id, this.of(id)]));
    this.#changed = new Set();
    return changed;
  }

  /** Takes them for changed again: what was taken did not arrive. */
  putBack(changed: ReadonlyMap<string, CaptureCounts>): void {
    for (const projectId of changed.keys()) this.#changed.add(projectId);
  }
}
