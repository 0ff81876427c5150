import { alternate, compare, type Figure, type Line, type Side } from '../bench';
import { capturePath, eventRequest } from '../support/capture-requests';
import { rateSide } from '../support/load-side';

const connections = 64;

/** One event per request, all durable; beside two servers that only read the same requests. */
export const oneEvent: Line = {
  name: 'one-event',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load] = [await env.tenant(), await env.worker('load')];
    const brain = await env.brain('otas_bench');
    const requests = [eventRequest(tenant, false)];
    const expressWorker = await env.worker('bare-express');
    const httpWorker = await env.worker('bare-http');
    const expressPort = await expressWorker.call<number>('listen', { path: capturePath, answer });
    const httpPort = await httpWorker.call<number>('listen', { answer });
    const sideAt = (port: number): Side => rateSide(load, { port, requests, connections }, 201);
    const sides = [sideAt(expressPort), sideAt(httpPort), sideAt(brain.port)];
    return figuresOf(await alternate(bench, sides));
  },
};

/** What Brain answers, word for word but for the id. */
const answer = {
  status: 1,
  status_description: 'event_captured',
  response: { event_id: '019ab1c2-7a10-7c55-9a57-0d6f2f6f8f10', visible: true },
};

function figuresOf([express, http, ours]: readonly number[][][]): Figure[] {
  const words = {
    line: 'one-event',
    what: 'one event per request, 64 connections, one worker, durable 201s per second',
    unit: 'events/s',
  };
  const numbers = (side: number[][] | undefined): number[] => side?.[0] ?? [];
  return [
    compare(numbers(express), numbers(ours), {
      ...words,
      reference: 'bare Express 5, express.json(), fixed 201',
      target: { is: 'at least', value: 1 },
    }),
    compare(numbers(http), numbers(ours), {
      ...words,
      what: 'the same',
      reference: 'bare node:http, JSON.parse, fixed 201',
      target: { is: 'at least', value: 0.35 },
    }),
  ];
}
