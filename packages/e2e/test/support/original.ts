import { pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';

/** An installation of the original system: its tables as Django makes them, in a Postgres of its own. */
export interface OriginalInstallation {
  readonly url: string;
  query(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  /** Inserts a row and gives it with the values that were not given. */
  add(table: string, row: Row): Promise<Row>;
  close(): Promise<void>;
}

export type Row = Record<string, unknown>;

const createdAt = '2026-04-16T14:30:00.123456+00:00';

/** Makes the tables in an empty database. */
export async function makeOriginal(url: string): Promise<OriginalInstallation> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(schema);
  return {
    url,
    query: async (sql, values) => (await client.query(sql, values)).rows,
    add: async (table, given) => {
      const row: Row = { ...defaults[table]?.(), ...given };
      const names = Object.keys(row);
      const places = names.map((_, at) => `$${at + 1}`);
      await client.query(
        `INSERT INTO ${table} (${names.join(', ')}) VALUES (${places.join(', ')})`,
        Object.values(row),
      );
      return row;
    },
    close: () => client.end(),
  };
}

/** A hash as Django's `make_password` gives it. */
export function djangoHash(text: string, iterations = 1000): string {
  const salt = randomBytes(16).toString('hex').slice(0, 22);
  const hash = pbkdf2Sync(text, salt, iterations, 32, 'sha256').toString('base64');
  return `pbkdf2_sha256$${iterations}$${salt}$${hash}`;
}

const timed = { created_at: createdAt, updated_at: createdAt };
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const newKey = () => ({ id: randomUUID(), ...timed, expires_at: inDays(20), revoked_at: null, active: true });

const defaults: Record<string, () => Row> = {
  users: () => ({
    ...{ id: randomUUID(), first_name: 'Ada', middle_name: '', last_name: 'Lovelace' },
    ...{ email: `${randomUUID()}@example.com`, password: djangoHash('correct horse'), is_active: true },
    ...timed,
  }),
  project: () => ({
    ...{ id: randomUUID(), name: 'Engine', description: 'of difference', domain: 'engine.example' },
    ...{ is_active: true, ...timed },
  }),
  user_project_mapping: () => ({ id: randomUUID(), privilege: 1, is_active: true, ...timed }),
  backend_api_keys: () => ({ name: 'back end', ...newKey() }),
  agent: () => ({
    ...{ id: randomUUID(), name: 'Scout', description: '', provider: 'acme', is_active: true, ...timed },
  }),
  agent_key: newKey,
  agent_session: () => ({ id: randomUUID(), created_at: inDays(-1), meta: '{"task": "früher", "n": 1e3}' }),
  backend_event: () => ({
    ...{ event_id: randomUUID(), event_time: createdAt, created_at: '2026-04-16T14:30:01.5+00:00' },
    ...{ path: '/v1/items/', method: 'GET', status_code: 200, latency_ms: 12.25 },
    ...{ request_size_bytes: 0, response_size_bytes: 5 },
  }),
};

const times = 'created_at timestamptz NOT NULL, updated_at timestamptz';
const key = `id uuid PRIMARY KEY, prefix varchar(16) NOT NULL UNIQUE, key_hash varchar(256) NOT NULL, name varchar(100),
  expires_at timestamptz, revoked_at timestamptz, active boolean NOT NULL, ${times}`;

const schema = `
  CREATE TABLE users (id uuid PRIMARY KEY, first_name varchar(100), middle_name varchar(100), last_name varchar(100),
    email varchar(254) NOT NULL UNIQUE, password varchar(128) NOT NULL, is_active boolean NOT NULL, ${times});
  CREATE TABLE project (id uuid PRIMARY KEY, name varchar(255) NOT NULL, description text, domain varchar(200),
    is_active boolean NOT NULL, created_by_id uuid NOT NULL REFERENCES users, ${times});
  CREATE TABLE user_project_mapping (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users,
    project_id uuid NOT NULL REFERENCES project, privilege smallint NOT NULL, is_active boolean NOT NULL, ${times});
  CREATE TABLE backend_api_keys (${key}, project_id uuid NOT NULL REFERENCES project);
  CREATE TABLE agent (id uuid PRIMARY KEY, project_id uuid NOT NULL REFERENCES project, name varchar(255) NOT NULL,
    description text, provider varchar(100), is_active boolean NOT NULL, created_by_id uuid REFERENCES users, ${times});
  CREATE TABLE agent_key (${key}, agent_id uuid NOT NULL REFERENCES agent);
  CREATE TABLE agent_session (id uuid PRIMARY KEY, agent_id uuid NOT NULL REFERENCES agent,
    agent_key_id uuid REFERENCES agent_key, created_at timestamptz NOT NULL, meta jsonb);
  CREATE TABLE backend_event (event_id uuid PRIMARY KEY, event_time timestamptz NOT NULL, project_id uuid NOT NULL,
    agent_id uuid, agent_session_id uuid, path text NOT NULL, method varchar(20) NOT NULL, status_code integer,
    latency_ms double precision, request_size_bytes bigint, response_size_bytes bigint, request_headers text,
    request_body text, query_params text, post_data text, response_headers text, response_body text,
    request_content_type varchar(255), response_content_type varchar(255), custom_properties jsonb, error text,
    metadata jsonb, created_at timestamptz NOT NULL);`;
