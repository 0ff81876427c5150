import { createHmac, randomBytes } from 'node:crypto';
import { query } from './postgres';

interface KeyToAdd {
  readonly key: string;
  readonly prefix: string;
  readonly hash: string;
}

const rowsAtOnce = 10_000;

/** Gives an agent as many valid keys, past its API, which would make them one by one; gives the whole keys. */
export async function addAgentKeys(
  databaseUrl: string,
  pepper: string,
  agentId: string,
  count: number,
): Promise<string[]> {
  const keys = Array.from({ length: count }, () => newKey(pepper));
  for (let at = 0; at < count; at += rowsAtOnce) {
    const rows = keys.slice(at, at + rowsAtOnce);
    await query(
      databaseUrl,
      `INSERT INTO agent_keys (id, agent_id, prefix, key_hash, name, created_at, expires_at)
       SELECT gen_random_uuid(), $1::uuid, prefix, decode(hash, 'hex'), '', now(), now() + interval '1 day'
         FROM unnest($2::text[], $3::text[]) AS rows (prefix, hash)`,
      [agentId, rows.map(({ prefix }) => prefix), rows.map(({ hash }) => hash)],
    );
  }
  await query(databaseUrl, 'ANALYZE agent_keys');
  return keys.map(({ key }) => key);
}

/** A key as UASAM makes them. */
function newKey(pepper: string): KeyToAdd {
  const [prefix, secret] = [randomBytes(6).toString('hex'), randomBytes(20).toString('hex')];
  const key = `agent_${prefix}_${secret}`;
  return { key, prefix, hash: createHmac('sha256', pepper).update(key).digest('hex') };
}
