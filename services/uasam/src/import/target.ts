import type { OriginalRow, OriginalTable } from '@otas/original';
import type { AuditAction, TargetKind } from '../audit/audit-record';

/** A row as it is to be inserted: our names of the columns, values as JSON has them. */
export type NewRow = Readonly<Record<string, string | number | boolean | null>>;

/** What a row of the original is to be here. */
export interface Converted {
  readonly row: NewRow;
  /** What is to be known of it; null: nothing. */
  readonly note: string | null;
}

/** What must be true of a row so that it can be inserted; `sql` calls the row `r`. */
export interface Need {
  readonly sql: string;
  /** Why it is left out where it is not. */
  readonly orElse: string;
}

/** How the audit log is told of a row. */
export interface ImportAudit {
  readonly action: AuditAction;
  readonly targetKind: TargetKind;
  /** The column with the target's id. */
  readonly targetId: string;
  /** The columns that it is told. */
  readonly after: readonly string[];
}

/** How the rows of one table of the original come into one of ours. */
export interface Target<Table extends OriginalTable> {
  readonly from: Table;
  readonly into: string;
  /** Columns of the rows with their types in SQL. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns that are not inserted as they are in the row: the expression instead, in which the row is `r`. */
  readonly expressions: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  /** Whether a row that is there under the same key is the same one; in SQL, of the row `r` and the one that is there, `t`. */
  readonly isSame: string;
  readonly needs: readonly Need[];
  /** Why a row is left out that a unique index refuses. */
  readonly conflict: string;
  /** Null: its changes are not audited. */
  readonly audit: ImportAudit | null;
  /** In whose chain of the audit log: the project of the row, of its agent, or the row is a user. */
  readonly chain: 'user' | 'project' | 'agent';
  /** @param at the time of the import; @throws Unfit for a row that cannot be one of ours */
  convert(row: OriginalRow<Table>, at: Date): Converted;
}

export const userThere = (column: string, orElse: string): Need => ({
  sql: `EXISTS (SELECT 1 FROM users u WHERE u.id = r.${column})`,
  orElse,
});

const isErased = (project: string): string =>
  `EXISTS (SELECT 1 FROM erasures e WHERE e.kind = 'project' AND e.project_id = ${project})`;

export const projectNotErased: Need = {
  sql: `NOT ${isErased('r.id')}`,
  orElse: 'the project was deleted in this installation',
};

const isErasedAgent = (agent: string): string =>
  `EXISTS (SELECT 1 FROM erasures e WHERE e.kind = 'agent' AND e.agent_id = ${agent})`;

export const agentNotErased: Need = {
  sql: `NOT ${isErasedAgent('r.id')}`,
  orElse: 'the agent was deleted in this installation',
};

export const sessionNotErased: Need = {
  sql: "NOT EXISTS (SELECT 1 FROM erasures e WHERE e.kind = 'session' AND e.session_id = r.id)",
  orElse: 'the session was deleted in this installation',
};

export const projectThere: Need = {
  sql: `EXISTS (SELECT 1 FROM projects p WHERE p.id = r.project_id AND NOT ${isErased('p.id')})`,
  orElse: 'its project is not there',
};

export const agentThere: Need = {
  sql: `EXISTS (SELECT 1 FROM agents a
    WHERE a.id = r.agent_id AND NOT ${isErasedAgent('a.id')} AND NOT ${isErased('a.project_id')})`,
  orElse: 'its agent is not there',
};

export const agentKeyThere: Need = {
  sql: 'EXISTS (SELECT 1 FROM agent_keys k WHERE k.id = r.agent_key_id AND k.agent_id = r.agent_id)',
  orElse: 'its agent key is not there, or is of another agent',
};
