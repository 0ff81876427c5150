import { isDeepStrictEqual } from 'node:util';
import type { ImportReport, Original, OriginalRow, OriginalTable, TableReport } from '@otas/original';
import type { AuditEntry } from '../audit/audit-record';
import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { Author, ProjectChange, UserChange } from '../audit/change';
import type { Database } from '../db/database';
import { isDataError } from '../db/errors';
import { Unfit } from './fields';
import { type ImportsStore, insertImported, keyOf } from './imports.store';
import type { NewRow, Target } from './target';

export interface ImportDeps {
  readonly database: Database;
  readonly store: ImportsStore;
  readonly original: Original;
  readonly report: ImportReport;
  /** Who the audit log says it was. */
  readonly by: Author;
  readonly at: Date;
}

/** A row that may be inserted. */
interface Candidate {
  readonly key: string;
  readonly row: NewRow;
  readonly note: string | null;
}

type AnyTarget = Target<OriginalTable>;
type Chain = Pick<ProjectChange, 'projectId'> | Pick<UserChange, 'projectId' | 'userId'>;

/** Rows in one audited transaction, and such transactions at a time. */
const [transactionMaxRows, transactionsAtOnce] = [200, 4];

/**
 * Imports what is not there yet of one table, and tells of every row what became of it. A row and what the audit log is told
 * of it are one transaction, so that a run which is cut leaves nothing half done, and the next one goes on behind it.
 *
 * @param onThere told the key of every row that is there then
 */
export async function importTable<Table extends OriginalTable>(
  deps: ImportDeps,
  target: Target<Table>,
  onThere: (key: string) => void = () => undefined,
): Promise<void> {
  const anyTarget = target as unknown as AnyTarget;
  const table = deps.report.begin(target.from, await deps.original.count(target.from));
  const run = new TableImport(deps, anyTarget, table, onThere);
  for await (const rows of deps.original.rows(target.from)) {
    await run.importRows(rows as OriginalRow<OriginalTable>[]);
    table.advanced();
  }
  table.finish(await deps.store.count(anyTarget));
}

class TableImport {
  readonly #deps: ImportDeps;
  readonly #target: AnyTarget;
  readonly #table: TableReport;
  readonly #onThere: (key: string) => void;

  constructor(deps: ImportDeps, target: AnyTarget, table: TableReport, onThere: (key: string) => void) {
    this.#deps = deps;
    this.#target = target;
    this.#table = table;
    this.#onThere = onThere;
  }

  async importRows(rows: readonly OriginalRow<OriginalTable>[]): Promise<void> {
    const candidates = this.#convert(rows);
    const fresh = await this.#selectNew([...candidates.values()]);
    const chunks = await this.#chunks(fresh);
    for (let at = 0; at < chunks.length; at += transactionsAtOnce) {
      const some = chunks.slice(at, at + transactionsAtOnce);
      await Promise.all(some.map(({ chain, candidates }) => this.#insert(chain, candidates)));
      this.#table.advanced();
    }
  }

  #convert(rows: readonly OriginalRow<OriginalTable>[]): Map<string, Candidate> {
    const candidates = new Map<string, Candidate>();
    for (const original of rows) {
      const { id = null } = original as Record<string, string | null>;
      try {
        const { row, note } = this.#target.convert(original as never, this.#deps.at);
        const key = keyOf(this.#target, row);
        const twin = candidates.get(key);
        if (twin === undefined) candidates.set(key, { key, row, note });
        else
          this.#table.leftOut(
            key,
            isDeepStrictEqual(twin.row, row) ? 'it is there twice' : 'another has its id',
          );
      } catch (error) {
        if (!(error instanceof Unfit)) throw error;
        this.#table.leftOut(id ?? 'without an id', error.message);
      }
    }
    return candidates;
  }

  async #selectNew(candidates: readonly Candidate[]): Promise<Candidate[]> {
    if (candidates.length === 0) return [];
    const outlooks = await this.#deps.store.look(
      this.#target,
      candidates.map(({ row }) => row),
    );
    return candidates.filter(({ key }) => {
      const outlook = outlooks.get(key) ?? 'it was not found again';
      if (outlook === 'present') {
        this.#table.present++;
        this.#onThere(key);
      } else if (outlook !== 'new') this.#table.leftOut(key, outlook);
      return outlook === 'new';
    });
  }

  /** Rows of one chain of the audit log each; where nothing is audited, all together. */
  async #chunks(fresh: readonly Candidate[]): Promise<{ chain: Chain | null; candidates: Candidate[] }[]> {
    const chains = await this.#chainsOf(fresh);
    const groups = new Map<string | null, Candidate[]>();
    fresh.forEach((candidate, at) => {
      const id = chains[at] ?? null;
      groups.set(id, [...(groups.get(id) ?? []), candidate]);
    });
    return [...groups].flatMap(([id, candidates]) => {
      const chain = id === null ? null : this.#chain(id);
      const count = Math.ceil(candidates.length / transactionMaxRows);
      return Array.from({ length: count }, (_, at) => ({
        chain,
        candidates: candidates.slice(at * transactionMaxRows, (at + 1) * transactionMaxRows),
      }));
    });
  }

  async #chainsOf(fresh: readonly Candidate[]): Promise<(string | null)[]> {
    const { audit, chain } = this.#target;
    if (audit === null) return fresh.map(() => null);
    if (chain !== 'agent') {
      return fresh.map(({ row }) =>
        String(chain === 'project' && 'project_id' in row ? row.project_id : row.id),
      );
    }
    const agentIds = fresh.map(({ row }) => String(row.agent_id));
    const projects = await this.#deps.store.projectsOfAgents([...new Set(agentIds)]);
    return agentIds.map((id) => projects.get(id) as string);
  }

  #chain(id: string): Chain {
    return this.#target.chain === 'user' ? { projectId: null, userId: id } : { projectId: id };
  }

  /** When Postgres refuses the values of one row, it refuses its whole statement: then each goes alone. */
  async #insert(chain: Chain | null, candidates: readonly Candidate[]): Promise<void> {
    try {
      const inserted = await this.#write(chain, candidates);
      for (const candidate of candidates.filter(({ key }) => inserted.has(key)))
        this.#countImported(candidate);
      await this.#explain(candidates.filter(({ key }) => !inserted.has(key)));
    } catch (error) {
      if (!isDataError(error)) throw error;
      const [only, ...others] = candidates;
      if (only !== undefined && others.length === 0)
        this.#table.leftOut(only.key, 'Postgres refuses its values');
      else for (const one of candidates) await this.#insert(chain, [one]);
    }
  }

  #write(chain: Chain | null, candidates: readonly Candidate[]): Promise<Set<string>> {
    const { database, store, by, at } = this.#deps;
    const rows = candidates.map(({ row }) => row);
    if (chain === null) return store.insert(this.#target, rows);
    return inAuditedTransaction(database, { ...chain, by, at }, async (transaction) => {
      const result = await insertImported(transaction, this.#target, rows);
      const entries = candidates.filter(({ key }) => result.has(key)).map(({ row }) => this.#entryOf(row));
      return { result, entries };
    });
  }

  #entryOf(row: NewRow): AuditEntry {
    const { audit } = this.#target;
    if (audit === null) throw new Error('nothing is audited of this table');
    const { action, targetKind, targetId, after } = audit;
    const told = Object.fromEntries(after.map((column) => [column, row[column]]));
    return { action, targetKind, targetId: String(row[targetId]), before: null, after: told };
  }

  #countImported({ key, note }: Candidate): void {
    this.#table.imported++;
    this.#onThere(key);
    if (note !== null) this.#table.noted(key, note);
  }

  /** An index refuses what would be there twice; or another import, at the same time, was quicker. */
  async #explain(refused: readonly Candidate[]): Promise<void> {
    for (const { key } of await this.#selectNew(refused)) this.#table.leftOut(key, this.#target.conflict);
  }
}
