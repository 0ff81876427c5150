import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClickHouseError } from '@clickhouse/client';
import { DirectConnection, type Insert } from '../src/direct-connection';

const rows = [Buffer.from('[1]\n'), Buffer.from('[2]\n')];
let server: Server;
let direct: DirectConnection;
let insert: Insert;

/** A server for the faults that a real ClickHouse does not have on demand. */
async function serve(listener: RequestListener, requestTimeoutMs = 5000): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://ada:l%C3%B6ve@127.0.0.1:${(server.address() as AddressInfo).port}/path/`;
  direct = new DirectConnection({ url, database: 'otas', requestTimeoutMs, connectionsMax: 1 });
  insert = direct.prepareInsert('numbers', ['number'], { input_format_allow_errors_ratio: 1 });
}

afterEach(() => {
  direct.close();
  server.closeAllConnections();
  server.close();
});

test('the query, the database, the settings and the credentials go with the rows', async () => {
  const seen: { url: URL; authorization: string | undefined; body: string }[] = [];
  await serve(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    seen.push({ url: new URL(req.url ?? '', 'http://x'), authorization: req.headers.authorization, body });
    res.end();
  });
  await insert(rows);
  const [{ url, authorization, body } = seen[0] as never] = seen;
  expect(body).toBe('["number"]\n[1]\n[2]\n');
  expect(url.pathname).toBe('/path/');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    query: 'INSERT INTO numbers FORMAT JSONCompactEachRowWithNames',
    database: 'otas',
    async_insert: '0',
    input_format_allow_errors_ratio: '1',
    input_format_with_names_use_header: '1',
  });
  expect(authorization).toBe(`Basic ${Buffer.from('ada:löve').toString('base64')}`);
});

test('rows are sent again when the kept connection was closed, and only then', async () => {
  let requests = 0;
  await serve((req, res) => {
    requests++;
    if (requests === 2 || requests === 4) req.socket.destroy();
    else req.resume().once('end', () => res.end());
  });
  await insert(rows);
  await insert(rows);
  expect(requests).toBe(3);
  direct.close();
  await expect(insert(rows)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a ClickHouse that never answers is an error after the request timeout', async () => {
  await serve(() => undefined, 100);
  await expect(insert(rows)).rejects.toThrow('within 100 ms');
});

test('what ClickHouse refuses has its type', async () => {
  await serve((req, res) => {
    res.statusCode = 400;
    req
      .resume()
      .once('end', () => res.end('Code: 6. DB::Exception: Cannot parse. (CANNOT_PARSE_TEXT) (version 26)'));
  });
  const refusal = await insert(rows).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ClickHouseError);
  expect(refusal).toMatchObject({ type: 'CANNOT_PARSE_TEXT' });
});

test('a SELECT goes with its parameters in a form, and gives its rows line by line', async () => {
  const forms: FormData[] = [];
  await serve(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    const headers = { 'content-type': req.headers['content-type'] ?? '' };
    forms.push(await new Response(Buffer.concat(chunks), { headers }).formData());
    expect(new URL(req.url ?? '', 'http://x').searchParams.get('default_format')).toBe('JSONCompactEachRow');
    res.end('["é"]\n[2]\n');
  });
  const ids = ['a1', 'b2'];
  expect(await direct.select('SELECT {ids:Array(String)}', { ids, kind: 'k' })).toBe('["é"]\n[2]\n');
  expect(Object.fromEntries(forms[0] ?? [])).toEqual({
    query: 'SELECT {ids:Array(String)}',
    param_ids: "['a1','b2']",
    param_kind: 'k',
  });
});
