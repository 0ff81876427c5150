import { formatTime } from '@otas/event-schema';
import { Batches } from '../db/batches';
import type { Database, Statement } from '../db/database';
import type { ListPosition } from '../wire/list-cursors';

export interface NewSessionRow extends ListPosition {
  readonly agentKeyId: string;
  /** JSON text, as it was given. */
  readonly meta: string;
  /** `ase_…`, as it was given; null: the key that is derived from the id. */
  readonly ref: string | null;
}

interface RowOfAgent extends NewSessionRow {
  readonly agentId: string;
}

/** One array a column; a row that a unique index refuses is left out. */
const insertSessions: Statement = {
  name: 'insert_sessions',
  text: `
    INSERT INTO agent_sessions (id, agent_id, agent_key_id, created_at, meta, meta_bytes, ref)
    SELECT id, agent_id, agent_key_id, created_at, meta::json, meta_bytes, ref
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::int[], $7::text[])
        AS rows (id, agent_id, agent_key_id, created_at, meta, meta_bytes, ref)
        ON CONFLICT DO NOTHING
    RETURNING id`,
};

/** What a row takes beside its `meta`. */
const rowBytes = 200;
const [batchMaxBytes, batchesAtOnce] = [1024 * 1024, 2];

/** The rows of new sessions: those that come while others are being written are written together, by one statement. */
export class SessionInserts {
  readonly #database: Database;
  readonly #batches = new Batches<RowOfAgent, boolean>({
    run: (rows) => this.#insert(rows),
    sizeOf: ({ meta }) => rowBytes + meta.length,
    sizeMax: batchMaxBytes,
    runningMax: batchesAtOnce,
  });

  constructor(database: Database) {
    this.#database = database;
  }

  /** False when a session of the agent has its `ref` already. */
  add(agentId: string, row: NewSessionRow): Promise<boolean> {
    return this.#batches.add({ agentId, ...row });
  }

  async #insert(rows: readonly RowOfAgent[]): Promise<boolean[]> {
    const columns = [
      rows.map(({ id }) => id),
      rows.map(({ agentId }) => agentId),
      rows.map(({ agentKeyId }) => agentKeyId),
      rows.map(({ createdAt }) => formatTime(createdAt)),
      rows.map(({ meta }) => meta),
      rows.map(({ meta }) => Buffer.byteLength(meta)),
      rows.map(({ ref }) => ref),
    ];
    const inserted = await this.#database.run<{ id: string }>(insertSessions, columns);
    const ids = new Set(inserted.map(({ id }) => id));
    return rows.map(({ id }) => ids.has(id));
  }
}
