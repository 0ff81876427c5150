import { uuidv7 } from 'uuidv7';
import { agentEventClient } from './support/agent-event-client';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { readEventPage, readOneEvent, readRecorded } from './support/v2-models';

let services: Services;
let tenant: Tenant;
const { ask, record, readAll } = agentEventClient(
  () => services,
  () => tenant,
);

beforeAll(async () => {
  services = await startServices({ REDACT_PATTERNS: 'tok-\\d{4,}' });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const tool = { tool_call_id: 'call_1', tool_name: 'search', tool_configuration: 'search_v1' };
const whole: readonly (readonly [type: string, fields: Record<string, unknown>])[] = [
  [
    'input_message',
    {
      messages: [
        { type: 'text', content: 'a\u0000漢' },
        { type: 'skill', skill_name: 's' },
      ],
    },
  ],
  ['thinking', { content: 'I should "look" \\ first' }],
  [
    'tool_input',
    { ...tool, tool_configuration_name: 'search_v1', tool_input: { query: 'x', deep: [{ n: 1.5 }] } },
  ],
  ['tool_output', { ...tool, tool_configuration_name: 'search_v1', tool_output: { hits: [] }, error: true }],
  ['agent_output', { content: '' }],
  ['structured_output', { schema_name: 's', content: { a: [null, true] } }],
  [
    'artifact_upload',
    { artifacts: [{ artifact_id: 'a', filename: 'f.txt', mime_type: 'text/plain', size_bytes: 9 }] },
  ],
  ['skill_load', { skill_name: 's', content: 'c' }],
  ['image_read', { artifact_id: 'a', detail: 'high' }],
  ['step_transition', { from_step: 'a', to_step: 'b', content: 'c' }],
  ['compaction', { turns_compacted: 1, events_compacted: 2, summary_key: 'k', summary_text: 't' }],
  ['context_limit_exceeded', { message: 'm', context_limit: 10, actual_tokens: 11 }],
  ['step_transition_limit_exceeded', { message: 'm', transition_limit: 3 }],
  ['session_interrupted', {}],
];

test('every type comes back as it was sent, from the list and by its id', async () => {
  const sent = whole.map(([type, fields]) => ({ type, ...fields, extra: { of: type } }));
  const { events, session_key: sessionKey } = readRecorded(await record({ events: sent }));
  expect(sessionKey).toBe(`ase_${tenant.sessionId}`);
  expect(await readAll()).toEqual(events);
  for (const [at, event] of events.entries()) {
    expect(event).toEqual({
      ...sent[at],
      id: expect.any(String),
      created_at: expect.any(String),
      session_key: sessionKey,
    });
    expect(readOneEvent(await ask('GET', `/${event.id}`))).toEqual({ ...event, session_id: sessionKey });
  }
});

test('one event alone is taken like one of many, and what is left out has its default', async () => {
  const least = { type: 'tool_output', tool_call_id: 'c', tool_name: 't', tool_output: {} };
  const [event] = readRecorded(await record(least)).events;
  expect(event).toMatchObject({ tool_configuration: 't', tool_configuration_name: 't', error: false });
  await record({ type: 'image_read', artifact_id: 'a' });
  expect((await readAll())[1]).toMatchObject({ detail: 'auto' });
});

test('names that are always ours break no answer, whatever was sent under them', async () => {
  const names = [
    'session_key',
    'session_id',
    'hidden',
    'metadata',
    'events',
    'content',
    '__proto__',
    'constructor',
  ];
  const text = `{"type":"session_interrupted",${names.map((name) => `"${name}":{"a":[1]}`).join(',')}}`;
  readRecorded(await record(text));
  const [event] = await readAll();
  expect(event).toMatchObject({
    session_key: `ase_${tenant.sessionId}`,
    metadata: { a: [1] },
    events: { a: [1] },
  });
  expect(event).not.toHaveProperty('hidden');
  expect(event).not.toHaveProperty('session_id');
  const { text: raw } = await ask('GET', '?limit=1');
  expect(raw).toContain('"__proto__":{"a":[1]}');
});

test('numbers keep every digit', async () => {
  await record(
    '{"type":"structured_output","schema_name":"s","content":{"n":12345678901234567890.10,"e":1E+400}}',
  );
  expect((await ask('GET')).text).toContain('{"n":12345678901234567890.10,"e":1E+400}');
});

test('events are in the order of their times, and of one moment in the order of recording', async () => {
  const at = (ms: number) => new Date(1_790_000_000_000 + ms).toISOString();
  const send3 = (name: string, ms: number) =>
    Array.from({ length: 3 }, (_, n) => ({ type: 'thinking', content: `${name}${n}`, created_at: at(ms) }));
  await record({ events: send3('b', 1) });
  await record({ events: [...send3('c', 1), ...send3('a', 0)] });
  const contents = (await readAll(2)).map(({ content }) => content);
  expect(contents).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0', 'c1', 'c2']);
});

test('the time of an event: what was sent, else that of its id, else now; without what is below a millisecond', async () => {
  const id = `aev_${uuidv7()}`;
  const ms = Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16);
  const beforeMs = Date.now();
  const { events } = readRecorded(
    await record({
      events: [
        { type: 'thinking', created_at: '2026-10-01T10:00:00.1239+02:00' },
        { type: 'thinking', id },
        { type: 'thinking' },
      ],
    }),
  );
  expect(events.slice(0, 2).map((event) => event.created_at)).toEqual([
    '2026-10-01T08:00:00.123Z',
    new Date(ms).toISOString(),
  ]);
  const now = Date.parse(events[2]?.created_at ?? '');
  expect(now).toBeGreaterThanOrEqual(beforeMs);
  expect(now).toBeLessThanOrEqual(Date.now() + 1);
});

test('credentials in texts are replaced, and nothing changes its type', async () => {
  const secret = `ghp_${'aB3d'.repeat(9)}`;
  const [event] = readRecorded(
    await record({
      type: 'tool_input',
      ...tool,
      tool_input: {
        headers: { Authorization: `Bearer abc`, Accept: '*/*', 'X-Api-Key': 7, Cookie: ['a', 'b'] },
        pairs: [
          ['cookie', 'a=b'],
          ['Accept', 'x'],
        ],
        list: [
          { name: 'Authorization', value: 'abc' },
          { name: 'Host', value: 'y' },
        ],
        request_headers: 'Accept: x\r\nAuthorization: Basic abc',
        command: `curl -H "X: ${secret}"\ntok-12345`,
        count: 1,
      },
    }),
  ).events;
  expect(event?.tool_input).toEqual({
    headers: {
      Authorization: '[REDACTED]',
      Accept: '*/*',
      'X-Api-Key': 7,
      Cookie: ['[REDACTED]', '[REDACTED]'],
    },
    pairs: [
      ['cookie', '[REDACTED]'],
      ['Accept', 'x'],
    ],
    list: [
      { name: 'Authorization', value: '[REDACTED]' },
      { name: 'Host', value: 'y' },
    ],
    request_headers: 'Accept: x\r\nAuthorization: [REDACTED]',
    command: 'curl -H "X: [REDACTED]"\n[REDACTED]',
    count: 1,
  });
  expect((await readAll())[0]).toEqual(event);
});

test('a text of megabytes comes back whole, and a page of such is shorter', async () => {
  const content = '漢字 '.repeat(500_000).slice(0, 1_400_000);
  for (let at = 0; at < 6; at++)
    readRecorded(await record({ type: 'agent_output', content: `${at}${content}` }));
  const page = readEventPage(await ask('GET', '?limit=100'));
  expect(page.events.length).toBeLessThan(6);
  expect((await readAll()).map((event) => event.content)).toEqual(
    Array.from({ length: 6 }, (_, at) => `${at}${content}`),
  );
});
