import type { InstanceCounts } from '@otas/event-store';

const zero: InstanceCounts = { taken: 0, rejected: 0, waiting: 0, dead: 0 };
const prefix = 'counts ';

/** Adds two counts, name by name. */
export function sumCounts(a: InstanceCounts, b: InstanceCounts): InstanceCounts {
  return {
    taken: a.taken + b.taken,
    rejected: a.rejected + b.rejected,
    waiting: a.waiting + b.waiting,
    dead: a.dead + b.dead,
  };
}

/** The counts of every project on this log, in memory; the log keeps them as texts beside its records. */
export class CaptureCounters {
  readonly #counts = new Map<string, InstanceCounts>();
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

  of(projectId: string): InstanceCounts {
    return this.#counts.get(projectId) ?? zero;
  }

  /** Adds to counts; a negative number takes away. */
  add(projectId: string, change: Partial<InstanceCounts>): void {
    this.#counts.set(projectId, sumCounts(this.of(projectId), { ...zero, ...change }));
    this.#changed.add(projectId);
  }

  /** What the log is to keep for these projects. */
  textsOf(projectIds: Iterable<string>): Map<string, string> {
    return new Map([...projectIds].map((id) => [prefix + id, JSON.stringify(this.of(id))]));
  }

  /** The counts that have changed since this was last asked; all of them the first time. */
  takeChanged(): Map<string, InstanceCounts> {
    const changed = new Map([...this.#changed].map((id) => [id, this.of(id)]));
    this.#changed = new Set();
    return changed;
  }

  /** Takes them for changed again: what was taken did not arrive. */
  putBack(changed: ReadonlyMap<string, InstanceCounts>): void {
    for (const projectId of changed.keys()) this.#changed.add(projectId);
  }
}
