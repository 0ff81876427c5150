import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { serveCalls } from '../support/worker';

export interface SessionInsertPlan {
  readonly databaseUrl: string;
  readonly agentId: string;
  readonly agentKeyId: string;
  readonly inFlight: number;
  readonly durationMs: number;
}

export interface SessionInsertResult {
  readonly count: number;
  readonly elapsedMs: number;
}

/** As many as UASAM opens. */
const connections = 10;
const pools = new Map<string, pg.Pool>();

/** The row that UASAM writes; it puts those that come at the same time into one statement. */
const insertSession = {
  name: 'insert_session',
  text: `
    INSERT INTO agent_sessions (id, agent_id, agent_key_id, created_at, meta, meta_bytes, ref)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
};

function poolOf(url: string): pg.Pool {
  const pool = pools.get(url) ?? new pg.Pool({ connectionString: url, max: connections });
  pools.set(url, pool);
  return pool;
}

/** Inserts the row of a new session with the driver, and nothing else. */
async function insertSessions(plan: SessionInsertPlan): Promise<SessionInsertResult> {
  const pool = poolOf(plan.databaseUrl);
  const startedMs = performance.now();
  let lastMs = startedMs;
  let count = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() - startedMs < plan.durationMs) {
      const createdAt = new Date().toISOString();
      const values = [newId(), plan.agentId, plan.agentKeyId, createdAt, '{}', 2, null];
      await pool.query({ ...insertSession, values });
      lastMs = performance.now();
      count++;
    }
  };
  await Promise.all(Array.from({ length: plan.inFlight }, loop));
  return { count, elapsedMs: lastMs - startedMs };
}

/** A version 7 UUID: the index grows at its end, as it does with UASAM's. */
function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

serveCalls({ insertSessions });
