import { alternate, compare, type Figure, type Line, type Side } from '../bench';
import { capturePath, eventRequest } from '../support/capture-requests';
import { rateSide, storedRateSide } from '../support/load-side';

const connections = 64;

/**
 * One event per request, all durable; beside two servers that only read the same requests. Once with 201s that wait until
 * ClickHouse has the event, as it is by default, and once with 201s that wait for the disk alone.
 */
export const oneEvent: Line = {
  name: 'one-event',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load] = [await env.tenant(), await env.worker('load')];
    const brain = await env.brain('otas_bench');
    const onDisk = await env.brain('otas_bench_on_disk', { CAPTURE_VISIBLE_WAIT_MS: '0' });
    const requests = [eventRequest(tenant, false)];
    const expressWorker = await env.worker('bare-express');
    const httpWorker = await env.worker('bare-http');
    const expressPort = await expressWorker.call<number>('listen', { path: capturePath, answer });
    const httpPort = await httpWorker.call<number>('listen', { answer });
    const planOf = (port: number) => ({ port, requests, connections });
    const sideAt = (port: number): Side => rateSide(load, planOf(port), 201);
    const stored = storedRateSide(load, planOf(onDisk.port), await env.client(onDisk.database), 1);
    const sides = [sideAt(expressPort), sideAt(httpPort), sideAt(brain.port), stored];
    return figuresOf(await alternate(bench, sides));
  },
};

/** What Brain answers, word for word but for the id. */
const answer = {
  status: 1,
  status_description: 'event_captured',
  response: { event_id: '019ab1c2-7a10-7c55-9a57-0d6f2f6f8f10', visible: true },
};

function figuresOf(measured: readonly number[][][]): Figure[] {
  const [express, http, visible, onDisk] = measured.map(([numbers]) => numbers ?? []);
  const figure = (what: string, ours: number[] = [], isExpress: boolean): Figure =>
    compare((isExpress ? express : http) ?? [], ours, {
      ...{ line: 'one-event', what, unit: 'events/s' },
      reference: isExpress
        ? 'bare Express 5, express.json(), fixed 201'
        : 'bare node:http, JSON.parse, fixed 201',
      target: { is: 'at least', value: isExpress ? 1 : 0.35 },
    });
  return [
    figure('one event per request, 64 connections, one worker, 201s in ClickHouse', visible, true),
    figure('the same', visible, false),
    figure('one event per request, 64 connections, one worker, 201s on disk', onDisk, true),
    figure('the same', onDisk, false),
  ];
}
