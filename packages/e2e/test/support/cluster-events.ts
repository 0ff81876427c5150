import { randomUUID } from 'node:crypto';
import { agentEventRow, backendEventRow, encodeRows } from '@otas/event-store';
import type { Stores } from './cluster-stores';
import { makeAgentEvent, makeBackendEvent } from './stored-events';

export const projectId = randomUUID();
export const agentId = randomUUID();
/** Some lie in the one shard, some in the other. */
export const sessions = Array.from({ length: 12 }, () => randomUUID());
/** In microseconds. */
export const now = Date.now() * 1000;
export const day = 24 * 60 * 60 * 1_000_000;

/** Nine in each session, three on each of three days. */
export const backendEvents = sessions.flatMap((agentSessionId, session) =>
  Array.from({ length: 9 }, (_, at) =>
    makeBackendEvent({
      ...{ projectId, agentId, agentSessionId },
      eventTime: now - (at % 3) * day + at,
      createdAt: now + session,
      path: `/${at % 4}`,
      latencyMs: session * 10 + at,
      error: at === 5 ? 'no' : null,
    }),
  ),
);

/** Six in each session, of three calls of a tool. */
export const agentEvents = sessions.flatMap((agentSessionId) =>
  Array.from({ length: 6 }, (_, at) =>
    makeAgentEvent({
      ...{ projectId, agentId, agentSessionId },
      eventTime: now - 1_000_000 + at * 1000 - (now % 1000),
      type: at % 2 === 0 ? 'tool_input' : 'tool_output',
      toolCallId: `call ${at >> 1}`,
      toolName: 'a tool',
      sequence: at,
    }),
  ),
);

/** A row as it is inserted. */
export const backendRow = (event: Parameters<typeof backendEventRow>[0]): Buffer =>
  encodeRows([backendEventRow(event)]).bytes;

/** Inserts rows as events that were taken in now. */
export async function capture(
  { events }: Stores,
  kind: 'backend_event' | 'agent_event',
  rows: Buffer[],
): Promise<void> {
  await events.captured[kind].insertIds(rows.map((row) => ({ row, createdAt: now })));
  await events.captured[kind].insertRows(rows);
}

/** Captures the events of the agent twice, as they are sent again after an insert that failed in one shard. */
export async function captureAll(stores: Stores): Promise<void> {
  const agentRows = agentEvents.map((event) => encodeRows([agentEventRow(event)]).bytes);
  for (let times = 0; times < 2; times++) {
    await capture(stores, 'backend_event', backendEvents.map(backendRow));
    await capture(stores, 'agent_event', agentRows);
  }
}
