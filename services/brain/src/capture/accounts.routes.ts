import { keyOfUuid, parseUuid, readBy, sent, wire } from '@otas/event-schema';
import {
  agentEventOfRow,
  type DeadLetter,
  type EventStore,
  eventOfRow,
  type InstanceCounts,
} from '@otas/event-store';
import {
  authentication,
  checked,
  endpoint,
  firstOfEach,
  JsonText,
  type MountedEndpoint,
  readFields,
} from '@otas/http-kit';
import type { UasamClient } from '@otas/uasam-client';
import { z } from 'zod';
import { agentEvent, agentEventToJson } from '../agent-events/agent-event-json';
import { authenticateProjectAdmin } from '../auth/reader';
import { backendEvent, eventToJson } from '../reads/event-to-json';
import { sumCounts } from './capture-counts';
import type { CaptureLog } from './capture-log';
import type { EventCapture } from './event-capture';
import { decodeRecord } from './log-record';

export interface AccountsDeps {
  readonly uasam: UasamClient;
  readonly store: EventStore;
  readonly captureLog: CaptureLog;
  readonly capture: EventCapture;
}

const pageMax = 100;
/** While events pour in there may be no quiet moment to count in. */
const countTriesMax = 5;

const tag = 'Capture account';
const account = z.object({
  project_id: wire.uuid,
  ...{ accepted: wire.count, duplicate: wire.count, rejected: wire.count, waiting: wire.count },
  ...{ stored: wire.count, dead: wire.count, deleted: wire.count },
});
const deadLetter = z
  .object({
    reason: z.string().meta({ examples: ['Cannot parse input'] }),
    event: z.union([backendEvent, agentEvent]),
  })
  .meta({ id: 'DeadLetter' });
const deadLetters = z.object({
  project_id: wire.uuid,
  dead: z.array(deadLetter),
  next_cursor: wire.uuid.optional(),
});

const place = z.object({
  cursor: z
    .string()
    .pipe(readBy(parseUuid, 'invalid_cursor'))
    .meta({ ...sent.cursor.meta(), ...sent.uuid.meta() })
    .optional(),
});

/** @throws ApiError 400 `invalid_cursor` */
const parseAfter = checked(place, (parameters: URLSearchParams): string | null => {
  return readFields(place, firstOfEach(parameters)).cursor ?? null;
});

/** What became of a project's events, for its Admins: the counts of all instances, and the events set aside. */
export function accountsEndpoints(deps: AccountsDeps): MountedEndpoint[] {
  const authenticate = authentication('project admin', (context) =>
    authenticateProjectAdmin(deps.uasam, context),
  );
  const counts = endpoint({
    methods: ['GET'],
    path: '/api/v1/project/capture/',
    authenticate,
    status: 200,
    description: 'capture_counted',
    handle: async ({ principal: { projectId } }) => {
      return { response: { project_id: projectId, ...(await readAccount(deps, projectId)) } };
    },
    about: {
      name: 'getCaptureAccount',
      tag,
      summary: 'Counts what became of the events of a project',
      details: '`accepted` is always `stored` + `waiting` + `dead`.',
      answer: z.object({ response: account }),
      errors: ['event_store_unavailable'],
    },
  });
  const list = endpoint({
    methods: ['GET'],
    path: '/api/v1/project/capture/dead/',
    authenticate,
    query: parseAfter,
    status: 200,
    description: 'dead_letters_listed',
    handle: async ({ principal: { projectId }, query: after }) => {
      const found = await deps.store.listDeadLetters(projectId, pageMax + 1, after);
      const page = found.slice(0, pageMax);
      const next = found.length > pageMax ? page.at(-1)?.eventId : undefined;
      return {
        project_id: projectId,
        dead: new JsonText(`[${page.map(toJson).join(',')}]`),
        next_cursor: next,
      };
    },
    about: {
      name: 'listDeadLetters',
      tag,
      summary: 'Lists the events that ClickHouse does not take as they are',
      answer: deadLetters,
      errors: ['invalid_cursor', 'event_store_unavailable'],
    },
  });
  const revive = endpoint({
    methods: ['POST'],
    path: '/api/v1/project/capture/dead/replay/',
    authenticate,
    status: 200,
    description: 'dead_letters_replayed',
    handle: async ({ principal: { projectId } }) => ({
      response: { replayed: await deps.capture.revive(projectId) },
    }),
    about: {
      name: 'replayDeadLetters',
      tag,
      summary: 'Tries up to 1,000 of these events once more',
      answer: z.object({ response: z.object({ replayed: wire.count }) }),
      errors: ['event_log_full', 'event_store_unavailable'],
    },
  });
  return [counts, list, revive];
}

/**
 * `accepted` are the different events of both kinds that got a 201 and are there: `stored`, `waiting` and `dead` ones.
 * `duplicate` are those that got one again, `deleted` those that an Admin took out.
 */
async function readAccount(
  deps: AccountsDeps,
  projectId: string,
  triesLeft = countTriesMax,
): Promise<object> {
  const { store, captureLog } = deps;
  const { log, counters } = captureLog;
  const before = deliveredOf(counters.of(projectId));
  const others = await store.sumCaptureCounts(projectId, log.identity);
  const stored = await store.countStored(projectId);
  const deleted = await store.agentEvents.countDeleted(projectId);
  const own = counters.of(projectId);
  // What ClickHouse took meanwhile is in neither number.
  if (deliveredOf(own) !== before && triesLeft > 1) return readAccount(deps, projectId, triesLeft - 1);
  const { taken, rejected, waiting, dead } = sumCounts(others, own);
  const accepted = stored + waiting + dead;
  // What another instance counts may be a second old, and its events stored since.
  const duplicate = Math.max(0, taken - accepted - deleted);
  return { accepted, duplicate, rejected, waiting, stored, dead, deleted };
}

/** How many events of this instance have left its log. */
function deliveredOf({ taken, waiting }: InstanceCounts): number {
  return taken - waiting;
}

function toJson(letter: DeadLetter): string {
  const { kind, rows } = decodeRecord(Buffer.from(letter.record));
  const event = kind === 'agent_event' ? agentEventOf(rows) : eventToJson(eventOfRow(rows.toString()));
  return `{"reason":${JSON.stringify(letter.reason)},"event":${event}}`;
}

function agentEventOf(row: Buffer): string {
  const event = agentEventOfRow(row.toString());
  return agentEventToJson(event, keyOfUuid('ase', event.agentSessionId));
}
