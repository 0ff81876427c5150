/** An expression of a table's sort key, and the type of its value as a parameter. */
export type KeyPart = readonly [expression: string, type: string];

/** A table that is backed up, in the order of its sort key. */
export interface StoredTable {
  readonly name: string;
  readonly key: readonly KeyPart[];
  /** Of rows with the same key the one with the highest counts. */
  readonly version: string;
  /** Columns that the backup has otherwise than the table. */
  readonly replaced?: Readonly<Record<string, string>>;
}

const place: readonly KeyPart[] = [
  ['project_id', 'UUID'],
  ['agent_id', 'UUID'],
  ['agent_session_id', 'UUID'],
];

/**
 * Every table that is backed up; tests hold this and the sort keys against the schema. Ids come first: each is of an event
 * that was stored before it.
 */
export const storedTables: readonly StoredTable[] = [
  {
    name: 'event_ids',
    key: [
      ['project_id', 'UUID'],
      ['toUInt128(event_id)', 'UInt128'],
      ['kind', 'String'],
      ['agent_id', 'UUID'],
      ['agent_session_id', 'UUID'],
      ['event_time', "DateTime64(6, 'UTC')"],
    ],
    version: 'version',
  },
  {
    name: 'backend_events',
    key: [...place, ['event_time', "DateTime64(6, 'UTC')"], ['event_id', 'UUID']],
    version: 'version',
  },
  {
    name: 'agent_events',
    key: [...place, ['event_time', "DateTime64(3, 'UTC')"], ['event_id', 'UUID']],
    version: 'version',
  },
  {
    name: 'dead_letters',
    key: [
      ['project_id', 'UUID'],
      ['event_id', 'UUID'],
      ['created_at', "DateTime64(6, 'UTC')"],
    ],
    version: 'updated_at',
  },
  {
    name: 'capture_counts',
    key: [
      ['project_id', 'UUID'],
      ['instance_id', 'UUID'],
    ],
    version: 'updated_at',
    // What waits in a log is not in the backup, and so was not taken.
    replaced: { taken: 'taken - waiting', waiting: '0' },
  },
];

/** Those that are not: the history of migrations is compared, and a lock is of the moment. */
export const leftOutTables = ['schema_migrations', 'schema_migration_lock'] as const;
