import { type Cluster, onCluster, quoted } from './cluster';

/**
 * What decides in which shard a row is. All rows of a session are in one shard, those included that say where an id is:
 * so a session is read from one shard, and an id is looked for in all of them. Null: every server has all rows.
 */
const shardingColumns: Readonly<Record<string, 'agent_session_id' | 'project_id' | null>> = {
  backend_events: 'agent_session_id',
  agent_events: 'agent_session_id',
  event_ids: 'agent_session_id',
  capture_counts: 'project_id',
  dead_letters: 'project_id',
  schema_migrations: null,
};

const create = /^CREATE TABLE IF NOT EXISTS (\w+)/;
const alter = /^ALTER TABLE (\w+)/;
const engine = /\bENGINE = (\w*MergeTree)(?:\(([^)]*)\))?/;
const columnChange = /\b(ADD|DROP|MODIFY|RENAME) COLUMN\b/;

/**
 * The statements that do in a cluster what one does on a single server; for a single server that one, as it is. A table
 * becomes two: `…_local`, replicated, has the rows of a shard, and one of its own name, `Distributed`, reads and writes
 * them all. Each can be run again after it has been run, as the given one can.
 *
 * @param statement of a migration, or an ALTER of one of its tables
 * @throws Error for a statement or a table of which nothing is said here
 */
export function renderDdl(statement: string, database: string, cluster: Cluster | null): readonly string[] {
  // What reads and writes rows names the tables that have them all.
  if (cluster === null || statement.startsWith('INSERT INTO ')) return [statement];
  const created = create.exec(statement)?.[1];
  const altered = alter.exec(statement)?.[1];
  const table = created ?? altered ?? '';
  const column = shardingColumns[table];
  if (column === undefined) throw new Error(`this has no form for a cluster: ${statement.split('\n')[0]}`);
  const head = `${created === undefined ? 'ALTER TABLE' : 'CREATE TABLE IF NOT EXISTS'} ${table}`;
  const local = column === null ? table : `${table}_local`;
  const changed = `${head.slice(0, -table.length)}${local}${onCluster(cluster)}${statement.slice(head.length)}`;
  const statements = [created === undefined ? changed : replicated(changed, column === null)];
  if (column === null || (created === undefined && !columnChange.test(statement))) return statements;
  // It has the columns of the other table; anew, since an ALTER of that one does not reach it.
  const target = [cluster.name, database, local].map(quoted).join(', ');
  const distributed = `CREATE OR REPLACE TABLE ${table}${onCluster(cluster)} AS ${local}
ENGINE = Distributed(${target}, sipHash64(${column}))`;
  return [...statements, distributed];
}

/** The macros `database` and `table` are ClickHouse's own. */
function replicated(statement: string, isEverywhere: boolean): string {
  const place = isEverywhere ? ['everywhere', '{shard}-{replica}'] : ['{shard}', '{replica}'];
  const path = `/clickhouse/tables/${place[0]}/{database}/{table}`;
  return statement.replace(engine, (_, name: string, given?: string) => {
    const rest = given === undefined || given === '' ? '' : `, ${given}`;
    return `ENGINE = Replicated${name}(${quoted(path)}, ${quoted(place[1] as string)}${rest})`;
  });
}
