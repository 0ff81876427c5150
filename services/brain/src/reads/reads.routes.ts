import { wire } from '@otas/event-schema';
import type { EventStore } from '@otas/event-store';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import { type Reader, readerOf } from '../auth/reader';
import type { CursorCodec } from './cursor';
import { type Days, parseDays } from './day-range';
import { roundToTenth } from './round-to-tenth';
import { listSessionEvents, parseSessionEventsQuery, sessionEvents } from './session-events';

export interface ReadDeps {
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly cursors: CursorCodec;
}

const latency = z.number().meta({ examples: [12.5] });
const analytics = {
  paths: {
    name: 'countPathsByDay',
    summary: 'Counts the events of an agent by path and day',
    details: 'Paths A–Z, days ascending, only those with events.',
    fields: {
      paths: z.array(
        z.object({
          path: z.string().meta({ examples: ['/v1/orders/'] }),
          data: z.array(z.object({ date: wire.date, count: wire.count })),
        }),
      ),
    },
  },
  percentiles: {
    name: 'computeLatencyPercentilesByDay',
    summary: 'Computes percentiles of the latency of an agent by day',
    details:
      'Exact, with linear interpolation, in milliseconds and rounded to one decimal; only days with events.',
    fields: {
      data: z.array(z.object({ date: wire.date, p50: latency, p95: latency, p99: latency })),
    },
  },
  errors: {
    name: 'countErrorsByDay',
    summary: 'Counts the events of an agent that have an error by day',
    details: 'Events whose `error` is neither null nor empty; only days with errors.',
    fields: { data: z.array(z.object({ date: wire.date, error_count: wire.count })) },
  },
} as const;

export function readEndpoints(deps: ReadDeps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/api/v1/agent/session/events/',
      authenticate: readerOf(deps.uasam),
      query: parseSessionEventsQuery,
      status: 200,
      description: 'session_events_listed',
      handle: ({ principal, query }) => listSessionEvents(deps, principal, query),
      about: {
        name: 'listSessionEvents',
        tag: 'Reads',
        summary: 'Lists the events of HTTP calls in a session, oldest first',
        details: 'By `event_time`, then `event_id`. A session that is not known has none.',
        answer: sessionEvents,
        errors: [
          'session_id_required',
          'session_id_not_a_uuid',
          'limit_not_an_integer',
          'invalid_cursor',
          'event_store_unavailable',
        ],
      },
    }),
    byDays(deps, '/api/v1/agent/path-timeseries/', analytics.paths, async (range) => ({
      paths: await deps.store.countPathsByDay(range),
    })),
    byDays(deps, '/api/v1/agent/latency-percentiles/', analytics.percentiles, async (range) => {
      const days = await deps.store.computeLatencyPercentilesByDay(range);
      const rounded = days.map(({ date, p50, p95, p99 }) => {
        return { date, p50: roundToTenth(p50), p95: roundToTenth(p95), p99: roundToTenth(p99) };
      });
      return { data: rounded };
    }),
    byDays(deps, '/api/v1/agent/error-count/', analytics.errors, async (range) => {
      const days = await deps.store.countErrorsByDay(range);
      return { data: days.map(({ date, count }) => ({ date, error_count: count })) };
    }),
  ];
}

/** An analytics read over days. These three answers have no `status_description`, as in the original system. */
function byDays(
  deps: ReadDeps,
  path: string,
  { fields, ...about }: (typeof analytics)[keyof typeof analytics],
  read: (range: Days & Reader) => Promise<object>,
): MountedEndpoint {
  return endpoint({
    methods: ['GET'],
    path,
    authenticate: readerOf(deps.uasam),
    query: parseDays,
    status: 200,
    handle: async ({ principal, query }) => ({
      agent_id: principal.agentId,
      project_id: principal.projectId,
      ...(await read({ ...principal, ...query })),
    }),
    about: {
      ...about,
      tag: 'Reads',
      answer: z.object({ agent_id: wire.uuid, project_id: wire.uuid, ...fields }),
      errors: ['dates_required', 'dates_malformed', 'dates_reversed', 'event_store_unavailable'],
    },
  });
}
