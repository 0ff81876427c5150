import { parseTime } from '@otas/event-schema';
import type { OriginalRow } from '@otas/original';
import { Redactor } from '../src/capture/redactor';
import { toImportedEvent } from '../src/import/to-imported-event';

const ids = {
  event_id: '0c1d2e3f-4a5b-4c6d-8e7f-001122334455',
  project_id: '1c1d2e3f-4a5b-4c6d-8e7f-001122334455',
  agent_id: '2c1d2e3f-4a5b-4c6d-8e7f-001122334455',
  agent_session_id: '3c1d2e3f-4a5b-4c6d-8e7f-001122334455',
};
const nothing = {
  ...{ request_size_bytes: null, response_size_bytes: null, request_headers: null, request_body: null },
  ...{ query_params: null, post_data: null, response_headers: null, response_body: null, error: null },
  ...{ request_content_type: null, response_content_type: null, custom_properties: null, metadata: null },
};
const row: OriginalRow<'backend_event'> = {
  ...{
    ...ids,
    ...nothing,
    event_time: '2019-04-16 14:30:00.123456+00',
    created_at: '2019-04-16 14:30:01+00',
  },
  ...{ path: '/a', method: 'GET', status_code: '200', latency_ms: '12.5' },
};
const rules = { redactor: new Redactor({ headerNames: [], patterns: ['hunter\\d'] }), bodyMaxBytes: 100 };
const convert = (fields: Partial<OriginalRow<'backend_event'>>) =>
  toImportedEvent({ ...row, ...fields }, rules);

test('an old event keeps its id and its times to the microsecond', () => {
  expect(convert({})).toMatchObject({
    eventId: ids.event_id,
    eventTime: parseTime('2019-04-16T14:30:00.123456Z'),
    createdAt: parseTime('2019-04-16T14:30:01Z'),
    agentSessionId: ids.agent_session_id,
    statusCode: 200,
    latencyMs: 12.5,
    requestSizeBytes: 0,
    requestBody: null,
    metadata: null,
  });
});

test('one that does not say when it was taken in was so when it happened', () => {
  expect(convert({ created_at: null }).createdAt).toBe(parseTime('2019-04-16T14:30:00.123456Z'));
});

test('the time in an id of version 7 is not taken for that of the event', () => {
  const event = convert({ event_id: '019a0000-0000-7000-8000-001122334455' });
  expect(event.eventTime).toBe(parseTime('2019-04-16T14:30:00.123456Z'));
});

test('credentials are taken out of path, query, forms and headers by their names', () => {
  const form = 'application/x-www-form-urlencoded';
  const event = convert({
    ...{ path: '/a?sig=1', query_params: 'token=1&b=2', post_data: 'password=1', request_body: 'pwd=1&b=2' },
    ...{ response_body: 'id_token=1', request_content_type: `${form}; charset=utf-8` },
    ...{ response_content_type: 'text/plain', response_headers: '{"Location":"/?secret=1"}' },
  });
  expect(event).toMatchObject({
    ...{ path: '/a?sig=[REDACTED]', queryParams: 'token=[REDACTED]&b=2', postData: 'password=[REDACTED]' },
    ...{ requestBody: 'pwd=[REDACTED]&b=2', responseBody: 'id_token=1' },
    responseHeaders: '{"Location":"/?secret=[REDACTED]"}',
    redactedFields: ['path', 'request_body', 'query_params', 'post_data', 'response_headers'],
  });
});

test('credentials are taken out and long texts are cut, as on the way in', () => {
  const event = convert({
    ...{
      request_headers: 'Authorization: Bearer abc',
      response_body: 'hunter2 ',
      request_body: 'x'.repeat(101),
    },
  });
  expect(event.requestHeaders).toBe('Authorization: [REDACTED]');
  expect(event.responseBody).toBe('[REDACTED] ');
  expect(event.requestBody).toMatch(/^x{100}\[TRUNCATED: 101 bytes\]$/);
  expect(event.redactedFields).toEqual(['request_headers', 'response_body']);
});

test('JSON keeps every digit, and a text that is none becomes a JSON string', () => {
  const event = convert({ custom_properties: '{"n": 12345678901234567890}', metadata: 'no "JSON"' });
  expect(event.customProperties).toBe('{"n":12345678901234567890}');
  expect(event.metadata).toBe('"no \\"JSON\\""');
});

test.each([
  [{ event_id: '7' }, 'event_id is no UUID'],
  [{ agent_session_id: null }, 'agent_session_id is no UUID'],
  [{ event_time: 'infinity' }, 'event_time is no time'],
  [{ created_at: '2300-01-01 00:00:00+00' }, 'created_at is before 1970 or after 2255'],
  [{ status_code: null }, 'status_code must be an integer from 0 to 65535'],
  [
    { latency_ms: 'NaN', method: '' },
    'method must be a string of 1 to 20 characters; latency_ms must be a finite number of at least 0',
  ],
])('a row with %j is left out, with the reason', (fields, reason) => {
  expect(() => convert(fields)).toThrow(reason);
});
