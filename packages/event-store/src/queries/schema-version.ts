import type { Query } from './query';

/** The last migration that was run to its end. */
export const schemaVersion: Query<Record<string, never>, [version: number]> = {
  name: 'schema-version',
  sql: () => 'SELECT max(version) FROM schema_migrations',
};
