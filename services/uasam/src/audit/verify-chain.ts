import type { AuditStore } from './audit.store';
import { type AuditRecord, hashOf, noHash } from './audit-record';

/** The last row of a chain; whoever keeps it elsewhere can tell later whether the chain was cut behind it. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

export interface ChainFault {
  readonly sequence: number;
  /**
   * `changed`: the row's content is not what was hashed. `missing`: this row, and those after it up to the next that is
   * there, are not there. `not_linked`: the row does not follow from the row before it, of which the one or the other was
   * made anew. `not_as_kept`: this row is not there with the hash that was kept.
   */
  readonly fault: 'changed' | 'missing' | 'not_linked' | 'not_as_kept';
}

export interface ChainReport {
  readonly chainId: string;
  readonly rowCount: number;
  /** Null for a chain without rows. */
  readonly head: ChainHead | null;
  readonly faultCount: number;
  /** The first 100. */
  readonly faults: readonly ChainFault[];
}

const [pageRows, faultsMax] = [1000, 100];

/**
 * Reads a whole chain, a page at a time, and says what is wrong with it. Rows that were cut off its end leave no trace in
 * the others: they are found by a head that was `kept` before (null: there is none).
 */
export async function verifyChain(
  store: Pick<AuditStore, 'listChain'>,
  chainId: string,
  kept: ChainHead | null,
): Promise<ChainReport> {
  const check = new ChainCheck(kept);
  for (;;) {
    const rows = await store.listChain(chainId, check.head?.sequence ?? 0, pageRows);
    for (const row of rows) check.add(row);
    if (rows.length < pageRows) break;
  }
  check.end();
  const { head, rowCount, faultCount, faults } = check;
  return { chainId, rowCount, head, faultCount, faults };
}

class ChainCheck {
  head: ChainHead | null = null;
  rowCount = 0;
  faultCount = 0;
  readonly faults: ChainFault[] = [];
  readonly #kept: ChainHead | null;
  #isKeptSeen = false;

  constructor(kept: ChainHead | null) {
    this.#kept = kept;
  }

  add(row: AuditRecord): void {
    const { sequence, hash, previousHash } = row;
    const last = this.head ?? { sequence: 0, hash: noHash };
    if (sequence !== last.sequence + 1) this.#report(last.sequence + 1, 'missing');
    else if (previousHash !== last.hash) this.#report(sequence, 'not_linked');
    if (hashOf(row) !== hash) this.#report(sequence, 'changed');
    if (sequence === this.#kept?.sequence && hash === this.#kept.hash) this.#isKeptSeen = true;
    this.head = { sequence, hash };
    this.rowCount++;
  }

  end(): void {
    if (this.#kept !== null && !this.#isKeptSeen) this.#report(this.#kept.sequence, 'not_as_kept');
  }

  #report(sequence: number, fault: ChainFault['fault']): void {
    this.faultCount++;
    if (this.faults.length < faultsMax) this.faults.push({ sequence, fault });
  }
}
