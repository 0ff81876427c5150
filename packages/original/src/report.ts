import type { OriginalTable } from './tables';

const progressEveryMs = 2000;
const idsShown = 20;

/** Why rows were left out, or what is to be known of imported ones: how many, and the ids of the first. */
interface Remark {
  count: number;
  readonly ids: string[];
}

/** What became of the rows of one table. */
export interface TableReport {
  readonly table: OriginalTable;
  /** Rows in the original. */
  readonly source: number;
  imported: number;
  /** Were there already, from an earlier import. */
  present: number;
  leftOut(id: string, reason: string): void;
  /** A row that was imported, and of which something is to be known. */
  noted(id: string, note: string): void;
  /** To be called when rows of it have been dealt with. */
  advanced(): void;
  /**
   * @param inTarget rows of the table that this installation has now
   * @param lacking how many of the imported ones are not among them; left out: as many as there are too few
   */
  finish(inTarget: number, lacking?: number): void;
}

/** Tells what an import does while it does it, and at its end whether every row of the original is accounted for. */
export class ImportReport {
  readonly #print: (line: string) => void;
  readonly #tables: FinishedTable[] = [];

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Begins with a table that has `source` rows. */
  begin(table: OriginalTable, source: number): TableReport {
    const report = new CountingReport(table, source, this.#print);
    this.#tables.push(report);
    return report;
  }

  /** Prints the counts of all tables; false when rows of one are not accounted for. */
  conclude(): boolean {
    this.#print(columnsOf(['table', 'original', 'imported', 'there', 'left out', 'here now', '']));
    for (const table of this.#tables) this.#print(table.summary());
    return this.#tables.every((table) => table.fault() === null);
  }
}

interface FinishedTable {
  summary(): string;
  fault(): string | null;
}

class CountingReport implements TableReport, FinishedTable {
  imported = 0;
  present = 0;
  readonly #leftOut = new Map<string, Remark>();
  readonly #notes = new Map<string, Remark>();
  readonly #beganMs = performance.now();
  #printedMs = performance.now();
  #inTarget: number | null = null;
  #lacking = 0;

  constructor(
    readonly table: OriginalTable,
    readonly source: number,
    readonly print: (line: string) => void,
  ) {}

  leftOut(id: string, reason: string): void {
    addTo(this.#leftOut, id, reason);
  }

  noted(id: string, note: string): void {
    addTo(this.#notes, id, note);
  }

  advanced(): void {
    if (performance.now() - this.#printedMs < progressEveryMs) return;
    this.#printedMs = performance.now();
    this.#printProgress();
  }

  finish(inTarget: number, lacking = Math.max(0, this.imported + this.present - inTarget)): void {
    this.#inTarget = inTarget;
    this.#lacking = lacking;
    this.#printProgress();
    for (const [reason, remark] of this.#leftOut) this.#printRemark('left out', reason, remark);
    for (const [note, remark] of this.#notes) this.#printRemark('imported', note, remark);
  }

  summary(): string {
    const counts = [this.source, this.imported, this.present, this.#leftOutCount, this.#inTarget ?? '-'];
    return columnsOf([this.table, ...counts.map(String), this.fault() ?? '']);
  }

  fault(): string | null {
    if (this.#inTarget === null) return 'NOT FINISHED';
    if (this.#done !== this.source) return `DIFFERS BY ${this.source - this.#done}`;
    return this.#lacking > 0 ? `LACKS ${this.#lacking}` : null;
  }

  get #leftOutCount(): number {
    return [...this.#leftOut.values()].reduce((sum, { count }) => sum + count, 0);
  }

  get #done(): number {
    return this.imported + this.present + this.#leftOutCount;
  }

  #printProgress(): void {
    const seconds = Math.max(0.001, (performance.now() - this.#beganMs) / 1000);
    const rate = Math.round(this.#done / seconds);
    this.print(`${this.table}: ${this.#done} of ${this.source} rows, ${rate} a second`);
  }

  #printRemark(kind: string, text: string, { count, ids }: Remark): void {
    const more = count > ids.length ? ', …' : '';
    this.print(`  ${count} ${kind}: ${text} (${ids.join(', ')}${more})`);
  }
}

function addTo(remarks: Map<string, Remark>, id: string, text: string): void {
  const remark = remarks.get(text) ?? { count: 0, ids: [] };
  remark.count++;
  if (remark.ids.length < idsShown) remark.ids.push(id);
  remarks.set(text, remark);
}

function columnsOf([first = '', ...others]: readonly string[]): string {
  return `${first.padEnd(22)}${others.map((text) => text.padStart(10)).join(' ')}`.trimEnd();
}
