import { isDeepStrictEqual } from 'node:util';
import type { InstanceCounts } from '@otas/event-store';

/** Counts by project; as a change, what is added to each. */
export type CountsByProject = ReadonlyMap<string, InstanceCounts>;

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

/** Adds to the counts of a project in `counts`; a negative number takes away. */
export function addCounts(
  counts: Map<string, InstanceCounts>,
  projectId: string,
  change: Partial<InstanceCounts>,
): void {
  counts.set(projectId, sumCounts(counts.get(projectId) ?? zero, { ...zero, ...change }));
}

/**
 * The counts of every project on this log, in memory; the log keeps them as texts beside its records. What the log has
 * may be behind what is counted here, by what has not been written yet.
 */
export class CaptureCounters {
  readonly #counts = new Map<string, InstanceCounts>();
  readonly #kept = new Map<string, InstanceCounts>();
  #changed = new Set<string>();

  /** @param texts all texts of the log */
  constructor(texts: ReadonlyMap<string, string>) {
    for (const [name, text] of texts) {
      if (!name.startsWith(prefix)) continue;
      const projectId = name.slice(prefix.length);
      this.#counts.set(projectId, JSON.parse(text));
      this.#kept.set(projectId, JSON.parse(text));
      this.#changed.add(projectId);
    }
  }

  of(projectId: string): InstanceCounts {
    return this.#counts.get(projectId) ?? zero;
  }

  has(projectId: string): boolean {
    return this.#counts.has(projectId);
  }

  /** Events of all projects that are in the log and not yet in ClickHouse. */
  get waiting(): number {
    let sum = 0;
    for (const { waiting } of this.#counts.values()) sum += waiting;
    return sum;
  }

  /** Adds to counts; a negative number takes away. */
  add(projectId: string, change: Partial<InstanceCounts>): void {
    addCounts(this.#counts, projectId, change);
    this.#changed.add(projectId);
  }

  /** What the log is to have once these changes are in it, too. */
  textsWith(changes: CountsByProject): Map<string, string> {
    return new Map(
      [...changes].map(([id, change]) => [
        prefix + id,
        JSON.stringify(sumCounts(this.#kept.get(id) ?? zero, change)),
      ]),
    );
  }

  /**
   * Forgets those of the projects whose counts are all in the log and tell of nothing that waits, and gives what the log is
   * to have of them: nothing. What is counted later begins from zero.
   */
  forget(projectIds: Iterable<string>): Map<string, null> {
    const forgotten = new Map<string, null>();
    for (const projectId of projectIds) {
      const kept = this.#kept.get(projectId);
      if (kept === undefined || kept.waiting > 0 || !isDeepStrictEqual(kept, this.of(projectId))) continue;
      for (const counts of [this.#counts, this.#kept]) counts.delete(projectId);
      this.#changed.delete(projectId);
      forgotten.set(prefix + projectId, null);
    }
    return forgotten;
  }

  /** The log has these changes, too. */
  keep(changes: CountsByProject): void {
    for (const [projectId, change] of changes) addCounts(this.#kept, projectId, change);
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
