import { statementOf } from '../src/clickhouse/statement';

const empty = Buffer.alloc(0);

test.each([
  'SELECT 1',
  'SELECT 1;',
  'SELECT \'a;b\', ";", `;` ; ; -- x; y\n /* ; */ ',
  "SELECT 'it''s;', '\\';x'",
  'INSERT INTO t FORMAT JSONEachRow {"a":"it\'s; 1"}',
  "INSERT INTO t VALUES (1, ';')",
])('one statement: %s', (sql) => {
  expect(statementOf(sql, empty)).toEqual({ sql, data: null });
  expect(statementOf('', Buffer.from(sql))).toEqual({ sql, data: null });
});

test.each([
  'SELECT 1; SELECT 2',
  "SELECT ''; DROP TABLE t --'",
  '/* ; */ SELECT 1 ;; x',
  'INSERT INTO t VALUES (1); x',
])('more than one statement: %s', (sql) =>
  expect(() => statementOf(sql, empty)).toThrow('Multi-statements are not allowed'),
);

test('a body beside a statement is the data of an INSERT, and else its continuation', () => {
  const data = Buffer.from([0x7b, 0xff, 0x00]);
  const insert = '-- why\n /* what */ insert into t FORMAT RowBinary';
  expect(statementOf(insert, data)).toEqual({ sql: insert, data });
  expect(statementOf('SELECT 1,', Buffer.from('2'))).toEqual({ sql: 'SELECT 1,\n2', data: null });
});
