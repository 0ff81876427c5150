import { alternate, compare, type Line, type Side } from '../bench';
import { batchRequest, eventRequest } from '../support/capture-requests';
import { largeTable } from '../support/large-table';
import { rateSide } from '../support/load-side';
import { idPlacesIn } from '../support/request';

/** The same load on a large table and on one that is empty at the start of each round. */
export const fullTable: Line = {
  name: 'full-table',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load] = [await env.tenant(), await env.worker('load')];
    const large = (await largeTable(bench)).brain;
    const empty = await env.brain('otas_bench_empty');
    const client = await env.client(empty.database);
    const emptied = (side: Side): Side => ({
      run: async (durationMs) => {
        for (const table of ['backend_events', 'event_ids']) {
          await client.command({ query: `TRUNCATE TABLE ${table}` });
        }
        return side.run(durationMs);
      },
    });
    const singles = [eventRequest(tenant, false)];
    const singleSide = (port: number): Side =>
      rateSide(load, { port, requests: singles, connections: 64 }, 201);
    const request = batchRequest(tenant, 500, true);
    const batchSide = (port: number): Side => {
      const plan = { port, requests: [request], connections: 4, idPlaces: idPlacesIn(request) };
      return rateSide(load, plan, 201, 500);
    };
    const [emptySingles, largeSingles, emptyBatches, largeBatches] = await alternate(bench, [
      emptied(singleSide(empty.port)),
      singleSide(large.port),
      emptied(batchSide(empty.port)),
      batchSide(large.port),
    ]);
    const stored = bench.storedEvents.toLocaleString('en');
    const words = { line: 'full-table', unit: 'events/s', target: { is: 'at least', value: 0.9 } as const };
    return [
      compare(emptySingles?.[0] ?? [], largeSingles?.[0] ?? [], {
        ...words,
        what: `one event per request with ${stored} stored, events per second`,
        reference: 'the same with an empty table',
      }),
      compare(emptyBatches?.[0] ?? [], largeBatches?.[0] ?? [], {
        ...words,
        what: 'batches of 500, each event with an id of its own, the same',
        reference: 'the same with an empty table',
      }),
    ];
  },
};
