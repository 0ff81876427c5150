import type { AgentEvent, BackendEvent } from '@otas/event-schema';
import { agentEventOfRow, eventOfRow } from '@otas/event-store';
import {
  decodeRecord,
  encodeAlone,
  encodeRecord,
  encodeRecords,
  type Naming,
  type PreparedAgentEvent,
} from '../src/capture/log-record';

const projectId = '0190c0de-0000-7000-8000-000000000001';

const prepared = (at: number, naming: Naming, requestBody: string | null = null) => {
  const event: BackendEvent = {
    eventId: `0190c0de-0000-7000-8000-00000000010${at}`,
    eventTime: 1_760_000_000_000_000 + at,
    projectId,
    agentId: '0190c0de-0000-7000-8000-000000000002',
    agentSessionId: '0190c0de-0000-7000-8000-000000000003',
    path: '/v1/orders/',
    method: 'POST',
    statusCode: 201,
    latencyMs: 84.2,
    requestSizeBytes: 0,
    responseSizeBytes: 0,
    requestHeaders: null,
    requestBody,
    queryParams: null,
    postData: null,
    responseHeaders: null,
    responseBody: null,
    requestContentType: null,
    responseContentType: null,
    customProperties: null,
    error: null,
    metadata: null,
    redactedFields: [],
    createdAt: 1_760_000_000_500_000 + at,
  };
  return { kind: 'backend_event' as const, event, naming };
};

const all = [
  prepared(1, 'unnamed', 'Grüße, 世界 🌍\n'),
  prepared(2, 'named', 'plain'),
  prepared(3, 'untimed', '\u00ff\u2028'),
  prepared(4, 'timed'),
];

test('a record gives back the events of a request, together and one by one', () => {
  const record = decodeRecord(encodeRecord(all));
  expect([record.projectId, record.count, record.hasNamed]).toEqual([projectId, 4, true]);
  const events = record.events();
  expect(events.map((event) => eventOfRow(event.row.toString()))).toEqual(all.map(({ event }) => event));
  expect(events.map(({ naming }) => naming)).toEqual(['unnamed', 'named', 'untimed', 'timed']);
  expect(events.map(({ eventId, createdAt }) => [eventId, createdAt])).toEqual(
    all.map(({ event }) => [event.eventId, event.createdAt]),
  );
  expect(Buffer.concat(events.map(({ row }) => row)).equals(record.rows)).toBe(true);
});

test('a record without ids of a client says so', () => {
  expect(decodeRecord(encodeRecord([prepared(1, 'unnamed'), prepared(2, 'unnamed')])).hasNamed).toBe(false);
});

test('an event that is set aside as text is the record of that event alone', () => {
  const events = decodeRecord(encodeRecord(all)).events();
  for (const [at, event] of events.entries()) {
    const alone = Buffer.from(encodeAlone(event));
    expect(alone.equals(encodeRecord(all.slice(at, at + 1)))).toBe(true);
    expect(decodeRecord(alone).events()).toEqual([event]);
  }
});

function preparedOfAgent(): PreparedAgentEvent {
  const { eventId, eventTime, agentId, agentSessionId, createdAt } = prepared(1, 'unnamed').event;
  const event: AgentEvent = {
    ...{ eventId, eventTime: eventTime - (eventTime % 1000), projectId, agentId, agentSessionId, createdAt },
    ...{ type: 'thinking', sequence: createdAt, toolCallId: null, toolName: null, isError: false },
    ...{ fields: '{"content":"世界"}', redactedFields: [], isHidden: false },
  };
  return { kind: 'agent_event', event, naming: 'untimed' };
}

test('events of a request become records of one kind and a thousand events at most, in their order', () => {
  const [one, other, ofAgent] = [prepared(1, 'named'), prepared(2, 'named'), preparedOfAgent()];
  const many = Array.from({ length: 1500 }, () => [one, ofAgent]).flat();
  const records = encodeRecords([...many, other]);
  const decoded = records.map(({ bytes }) => decodeRecord(bytes));
  const shown = decoded.map(({ kind, count }) => `${count} ${kind}`);
  expect(shown).toEqual(['1000 backend_event', '501 backend_event', '1000 agent_event', '500 agent_event']);
  expect(records.map(({ count }) => count)).toEqual([1000, 501, 1000, 500]);
  expect(decoded[1]?.events().at(-1)?.eventId).toBe(other.event.eventId);
});

test('a record says of which kind its events are, also that of one alone', () => {
  const agentEvent = preparedOfAgent();
  const { event } = agentEvent;
  const record = decodeRecord(encodeRecord([agentEvent, agentEvent]));
  expect([record.kind, decodeRecord(encodeRecord(all)).kind]).toEqual(['agent_event', 'backend_event']);
  const [first, second] = record.events();
  expect(first).toEqual(second);
  expect(agentEventOfRow(first?.row.toString() ?? '')).toEqual(event);
  expect(decodeRecord(Buffer.from(encodeAlone(first as NonNullable<typeof first>))).kind).toBe('agent_event');
});

test('a record of an unknown kind is refused', () => {
  const record = encodeRecord(all);
  record[0] = 'X'.charCodeAt(0);
  expect(() => decodeRecord(record)).toThrow('unknown kind');
});
