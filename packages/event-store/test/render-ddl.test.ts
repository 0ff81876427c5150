import { createHash } from 'node:crypto';
import { createRecord, readMigrations } from '../src/migrate';
import { createLock } from '../src/migration-lock';
import { eraseTargets, erasureLevels, tablesOf } from '../src/queries/erase';
import { renderDdl } from '../src/render-ddl';

const cluster = { name: "the 'cluster'", insertQuorum: 2 };
const migrations = readMigrations().flatMap(({ statements }) => statements);
const erasures = erasureLevels.flatMap((level) => tablesOf(level).map((table) => eraseTargets(table, level)));
const single = [createRecord, ...migrations, ...erasures];
const rendered = single.flatMap((statement) => renderDdl(statement, 'otas', cluster));

async function explain(sql: string): Promise<string> {
  const url = `${process.env.TEST_CLICKHOUSE_URL}/?param_projectIds=[]&param_agentIds=[]&param_ids=[]&param_marks=[]`;
  const answer = await fetch(url, { method: 'POST', body: `EXPLAIN AST ${sql}` });
  return `${answer.status} ${await answer.text()}`;
}

/** Of the text of the statements of each migration that installations have run. */
const released = {
  '0001_backend_events.sql': '5a174a347a115375',
  '0002_capture_accounts.sql': '0daffecb21a410c8',
  '0003_small_inserts.sql': '01561170f690a818',
  '0004_event_ids.sql': 'af87334859d2c795',
  '0005_agent_events.sql': '22324ff928e2baa4',
};

test('what single servers have run stays what it was, to the byte', () => {
  const digests = readMigrations().map(({ name, statements }) => {
    return [name, createHash('sha256').update(statements.join('\n;\n')).digest('hex').slice(0, 16)];
  });
  expect(Object.fromEntries(digests)).toMatchObject(released);
});

test('for a single server every statement is the one that is given', () => {
  for (const statement of single) expect(renderDdl(statement, 'otas', null)).toEqual([statement]);
  expect(createLock(null)).toBe('CREATE TABLE schema_migration_lock (owner String) ENGINE = Memory');
});

test('the engine reads every statement for a cluster', async () => {
  expect(rendered.length).toBeGreaterThan(single.length + 5);
  for (const statement of [...rendered, createLock(cluster)])
    expect(await explain(statement)).toMatch(/^200 /);
  expect(await explain(`${rendered[0]} nonsense`)).toMatch(/^400 /);
});

test('every statement that changes tables is run by the whole cluster', () => {
  const changes = rendered.filter((statement) => !statement.startsWith('INSERT INTO '));
  for (const statement of [...changes, createLock(cluster)])
    expect(statement).toMatch(/^(CREATE|ALTER|CREATE OR REPLACE) TABLE .* ON CLUSTER 'the \\'cluster\\''/);
});

test('every table is replicated, within its shard or everywhere, with the same arguments', () => {
  const creations = [createRecord, ...migrations].filter((statement) => statement.startsWith('CREATE TABLE'));
  expect(creations.length).toBeGreaterThan(5);
  for (const statement of creations) {
    const [, given] = /ENGINE = ReplacingMergeTree(?:\((.*)\))?/.exec(statement) ?? [];
    const place = statement === createRecord ? ['everywhere', '{shard}-{replica}'] : ['{shard}', '{replica}'];
    const path = `'/clickhouse/tables/${place[0]}/{database}/{table}', '${place[1]}'`;
    const [local] = renderDdl(statement, 'otas', cluster);
    expect(local).toContain(
      `ENGINE = ReplicatedReplacingMergeTree(${[path, ...(given === undefined ? [] : [given])].join(', ')})`,
    );
  }
});

test('a change of columns reaches the table that reads all shards, and rows are erased where they are', () => {
  const of = (statement: string) => renderDdl(statement, 'otas', { name: 'c', insertQuorum: 2 });
  expect(of('ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS a Int8')).toEqual([
    "ALTER TABLE dead_letters_local ON CLUSTER 'c' ADD COLUMN IF NOT EXISTS a Int8",
    `CREATE OR REPLACE TABLE dead_letters ON CLUSTER 'c' AS dead_letters_local
ENGINE = Distributed('c', 'otas', 'dead_letters_local', sipHash64(project_id))`,
  ]);
  expect(of('ALTER TABLE event_ids DELETE WHERE 1')).toEqual([
    "ALTER TABLE event_ids_local ON CLUSTER 'c' DELETE WHERE 1",
  ]);
});

test.each([
  'DROP TABLE backend_events',
  'CREATE TABLE IF NOT EXISTS other (a Int8)',
  'OPTIMIZE TABLE event_ids',
])('nothing is guessed: %s', (statement) => {
  expect(() => renderDdl(statement, 'otas', cluster)).toThrow('no form for a cluster');
});
