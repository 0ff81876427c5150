/** Which of both stores a backup is of. */
export type BackupStore = 'postgres' | 'clickhouse';

/** A table of a backup, in a file of its own. */
export interface BackupTable {
  readonly name: string;
  /** In the order of a row's values. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the file. */
  readonly bytes: number;
  /** Of the file, in hexadecimal digits. */
  readonly sha256: string;
}

/** What a backup holds; written last, so that a directory without it is no backup. */
export interface BackupManifest {
  readonly format: 1;
  readonly store: BackupStore;
  /** ISO 8601. */
  readonly begunAt: string;
  readonly endedAt: string;
  /** Of the database server, for whoever looks. */
  readonly serverVersion: string;
  /** The migrations that the database had, in their order. */
  readonly migrations: readonly string[];
  /** Events that were in Brain's log and not in ClickHouse, and so are not in the backup; 0 of Postgres. */
  readonly waitingEvents: number;
  readonly tables: readonly BackupTable[];
}

export const manifestName = 'manifest.json';
export const fileNameOf = (table: string): string => `${table}.gz`;

/** A backup is not whole, or not as it was written. */
export class DamagedBackup extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DamagedBackup';
  }
}
