import { Durations } from '@otas/http-kit';

/** What a drain has done since its process began. */
export class DeliveryCounts {
  /** Of inserts that succeeded, all that belongs to one included. */
  readonly durations = new Durations();
  inserts = 0;
  events = 0;
  deadLetters = 0;
  failures = 0;
  /** Inserts that were tried after one had failed. */
  retries = 0;

  addInsert(ms: number, countByProject: ReadonlyMap<string, { delivered: number; dead: number }>): void {
    this.inserts++;
    this.durations.add(ms);
    for (const { delivered, dead } of countByProject.values()) {
      this.events += delivered - dead;
      this.deadLetters += dead;
    }
  }
}
