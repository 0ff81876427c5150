import { rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { alternate, type Bench, compare, type Figure, type Line, type Side } from '../bench';
import { eventStoreParts } from '../support/event-store-parts';
import { largeTable } from '../support/large-table';
import { MemoryWatch } from '../support/memory';
import { spreadOf } from '../support/statistics';

const formats = { ndjson: 'JSONEachRow', csv: 'CSV', parquet: 'Parquet' } as const;

/** Those of Brain, so that both write the same. */
const textSettings = {
  date_time_output_format: 'iso',
  format_csv_null_representation: '',
  output_format_json_quote_64bit_integers: 1,
};

/** An agent's events as a file over HTTP, against the engine that writes the same file itself. */
export const exportEvents: Line = {
  name: 'export',
  run: async (bench) => {
    const figures: Figure[] = [];
    for (const format of Object.keys(formats) as (keyof typeof formats)[])
      figures.push(...(await measure(bench, format)));
    return figures;
  },
};

async function measure(bench: Bench, format: keyof typeof formats): Promise<Figure[]> {
  const { env } = bench;
  // Other lines add events of today to the same table.
  const { brain, from, until } = await largeTable(bench);
  const tenant = await env.tenant();
  const client = await env.client(brain.database);
  const events = bench.storedEvents / 10;
  const { projectId, agentId } = tenant;
  const scope = { projectId, agentId, sessionId: null, kind: 'backend_event', from, until };
  const select =
    format === 'parquet' ? eventStoreParts.exportAll(scope) : eventStoreParts.exportRows(scope, null);
  const file = path.join(tmpdir(), `otas-bench-export-${process.pid}`);
  const theirs: Side = {
    run: async () => {
      await rm(file, { force: true });
      const startedMs = performance.now();
      await client.command({
        query: `INSERT INTO FUNCTION file('${file}', '${formats[format]}') ${select}`,
        query_params: { projectId, agentId, from, until },
        clickhouse_settings: textSettings,
      });
      return [events / (performance.now() - startedMs)];
    },
  };
  const ours: Side = {
    run: async () => {
      const period = `from=${isoTime(from)}&until=${isoTime(until)}`;
      const url = `http://127.0.0.1:${brain.port}/api/v1/export/?format=${format}&${period}`;
      const startedMs = performance.now();
      const { status, bytes } = await download(url, tenant.reader);
      const expected = (await stat(file)).size;
      const isAll = format === 'ndjson' ? bytes === expected : bytes > expected / 2;
      if (status !== 200 || !isAll) throw new Error(`an export of ${bytes} bytes got ${status}`);
      return [events / (performance.now() - startedMs)];
    },
  };
  const watch = new MemoryWatch(brain.pid);
  try {
    const [reference, measured] = await alternate(bench, [theirs, ours]);
    const what = `export of ${events.toLocaleString('en')} events as ${format}`;
    const memory = watch.samples().map(({ resident }) => resident);
    return [
      compare(reference?.[0] ?? [], measured?.[0] ?? [], {
        ...{ line: 'export', what, unit: 'events/ms' },
        reference: 'the engine writes the same file itself',
        target: { is: 'at least', value: 0.5 },
      }),
      {
        ...{ line: 'export', what: `${what}: Brain's memory`, reference: null, unit: 'MiB', theirs: null },
        ours: spreadOf(memory),
        ratio: { ...spreadOf(memory), median: Math.max(...memory) },
        target: { is: 'at most', value: 250 },
      },
    ];
  } finally {
    watch.stop();
    await rm(file, { force: true });
  }
}

const isoTime = (micros: number): string => new Date(micros / 1000).toISOString();

/** Reads an answer and forgets it. */
function download(
  url: string,
  headers: http.OutgoingHttpHeaders,
): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers, agent: false }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, bytes }));
      response.once('error', reject);
    });
    request.once('error', reject);
  });
}
