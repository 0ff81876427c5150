import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { describeExpectedColumns, fromPostgresArgument, Original, originalTables } from '../src';

const schema = `original_${randomUUID().replaceAll('-', '')}`;
const url = new URL(process.env.TEST_DATABASE_URL ?? '');
url.searchParams.set('options', `-c search_path=${schema}`);
let client: pg.Client;

beforeAll(async () => {
  client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  for (const [table, columns] of Object.entries(originalTables)) {
    const typed = Object.entries(columns).map(
      ([name, { isTime }]) => `${name} ${isTime ? 'timestamptz' : 'text'}`,
    );
    await client.query(`CREATE TABLE ${table} (${typed.join(', ')})`);
  }
});
afterAll(async () => {
  await client.query(`DROP SCHEMA ${schema} CASCADE`);
  await client.end();
});

/** All rows of the agents, and in how many parts they came. */
async function readAgents() {
  const original = await Original.open(url.href);
  const parts: number[] = [];
  const rows = [];
  for await (const some of original.rows('agent')) {
    parts.push(some.length);
    rows.push(...some);
  }
  const count = await original.count('agent');
  await original.close();
  return { rows, parts, count };
}

test('rows come in order, in parts that grow up to a bound, and are as many as are counted', async () => {
  await client.query(`INSERT INTO agent (id, project_id, name, created_at)
    SELECT n::text, 'p', 'x', timestamptz '2026-01-01Z' + n * interval '1 second' FROM generate_series(1, 5000) AS n`);
  const { rows, parts, count } = await readAgents();
  expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 5000 }, (_, at) => at + 1));
  expect(parts).toEqual([250, 500, 1000, 2000, 1250]);
  expect(count).toBe(5000);
});

test('rows that are large come in small parts', async () => {
  await client.query("UPDATE agent SET description = repeat('x', 100000) WHERE id::int BETWEEN 200 AND 600");
  const { rows, parts } = await readAgents();
  expect(rows).toHaveLength(5000);
  expect(Math.max(...parts)).toBeLessThanOrEqual(2000);
  expect(parts[2]).toBeLessThan(250);
  await client.query('DELETE FROM agent');
});

test('columns are found under their other names, times without a zone are UTC, what need not be there is null', async () => {
  await client.query('ALTER TABLE agent RENAME name TO agent_name');
  await client.query('ALTER TABLE agent RENAME project_id TO project');
  await client.query('ALTER TABLE agent DROP COLUMN provider');
  await client.query('ALTER TABLE agent ALTER created_at TYPE timestamp');
  await client.query(`INSERT INTO agent (id, project, agent_name, created_at, is_active)
    VALUES ('a', 'p', 'Scout', '2026-01-01 12:00:00.000001', 'true')`);
  const { rows } = await readAgents();
  expect(rows).toEqual([
    {
      ...{ id: 'a', project_id: 'p', name: 'Scout', provider: null, description: null, created_by: null },
      ...{ created_at: '2026-01-01 12:00:00.000001+00', updated_at: null, is_active: 'true' },
    },
  ]);
});

test('everything that is missing is named at once', async () => {
  await client.query('ALTER TABLE agent RENAME id TO number');
  await client.query('ALTER TABLE users RENAME TO people');
  const opening = Original.open(url.href);
  await expect(opening).rejects.toThrow('the table users is missing');
  await expect(opening).rejects.toThrow('the table agent has no column id (or uuid)');
  await client.query('ALTER TABLE agent RENAME number TO id');
  await client.query('ALTER TABLE people RENAME TO users');
});

test.each([
  [['--from-postgres', 'postgresql://a@b/c'], {}, 'postgresql://a@b/c'],
  [['--from-postgres=postgres://a@b/c?d=e'], {}, 'postgres://a@b/c?d=e'],
  [[], { ORIGINAL_DATABASE_URL: 'postgres://a@b/c' }, 'postgres://a@b/c'],
  [[], {}, null],
  [['--from-postgres'], { ORIGINAL_DATABASE_URL: 'postgres://a@b/c' }, null],
  [['--from-postgres', 'mysql://a@b/c'], {}, null],
  [['--from', 'postgres://a@b/c'], {}, null],
  [['--from-postgres', 'postgres://a@b/c', '--force'], {}, null],
])('the arguments %j with the environment %j mean %s', (args, environment, url) => {
  expect(fromPostgresArgument(args, environment)).toBe(url);
});

test('the documentation names every column that is expected', async () => {
  const text = await readFile(path.join(__dirname, '../../../docs/operations.md'), 'utf8');
  const squeezed = text.replace(/\s+/g, ' ');
  for (const line of describeExpectedColumns()) expect(squeezed).toContain(line);
});
