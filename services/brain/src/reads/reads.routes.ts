import type { EventStore } from '@otas/event-store';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { type Reader, readerOf } from '../auth/reader';
import type { CursorCodec } from './cursor';
import { type Days, parseDays } from './day-range';
import { roundToTenth } from './round-to-tenth';
import { listSessionEvents, parseSessionEventsQuery } from './session-events';

export interface ReadDeps {
  readonly store: EventStore;
  readonly uasam: UasamClient;
  readonly cursors: CursorCodec;
}

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
    }),
    byDays(deps, '/api/v1/agent/path-timeseries/', async (range) => ({
      paths: await deps.store.countPathsByDay(range),
    })),
    byDays(deps, '/api/v1/agent/latency-percentiles/', async (range) => {
      const days = await deps.store.computeLatencyPercentilesByDay(range);
      const rounded = days.map(({ date, p50, p95, p99 }) => {
        return { date, p50: roundToTenth(p50), p95: roundToTenth(p95), p99: roundToTenth(p99) };
      });
      return { data: rounded };
    }),
    byDays(deps, '/api/v1/agent/error-count/', async (range) => {
      const days = await deps.store.countErrorsByDay(range);
      return { data: days.map(({ date, count }) => ({ date, error_count: count })) };
    }),
  ];
}

/** An analytics read over days. These three answers have no `status_description`, as in the original system. */
function byDays(
  deps: ReadDeps,
  path: string,
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
  });
}
