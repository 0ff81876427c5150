import { agentEventTypes, parseAgentEventInput, parseExactJson } from '../src';

const minimal: Record<string, object> = {
  input_message: { messages: [{ type: 'text', content: 'a' }] },
  thinking: {},
  tool_input: { tool_call_id: 'c', tool_name: 't', tool_input: {} },
  tool_output: { tool_call_id: 'c', tool_name: 't', tool_output: {} },
  agent_output: { content: 'a' },
  structured_output: { schema_name: 's', content: 1 },
  artifact_upload: {
    artifacts: [{ artifact_id: 'a', filename: 'f', mime_type: 'text/plain', size_bytes: 0 }],
  },
  skill_load: { skill_name: 's', content: 'a' },
  image_read: { artifact_id: 'a' },
  step_transition: { from_step: 'a', to_step: 'b', content: 'c' },
  compaction: { turns_compacted: 1, events_compacted: 2, summary_key: 'k' },
  context_limit_exceeded: { message: 'm' },
  step_transition_limit_exceeded: { message: 'm' },
  session_interrupted: {},
};

function parse(body: object | string, at?: string) {
  const json = parseExactJson(typeof body === 'string' ? body : JSON.stringify(body));
  return { json, result: parseAgentEventInput(json.value as Record<string, unknown>, at) };
}

function inputOf(body: object | string) {
  const { result } = parse(body);
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.input;
}

const fieldsOf = (body: object | string) => Object.fromEntries(inputOf(body).fields);

function faultsOf(body: object, at?: string): string[] {
  const { result } = parse(body, at);
  return 'faults' in result ? result.faults.map(({ field }) => field) : [];
}

test('every type of the contract is taken with no more than its required fields', () => {
  expect(Object.keys(minimal)).toEqual([...agentEventTypes]);
  for (const type of agentEventTypes)
    expect(fieldsOf({ type, ...minimal[type] })).toMatchObject({ ...minimal[type] });
});

test.each(
  agentEventTypes.flatMap((type) => Object.keys(minimal[type] ?? {}).map((field) => [type, field] as const)),
)('%s without %s, or with null in it, is refused', (type, field) => {
  const { [field]: _left, ...rest } = minimal[type] as Record<string, unknown>;
  expect(faultsOf({ type, ...rest })).toEqual([field]);
  const isAnyJson = type === 'structured_output' && field === 'content';
  expect(faultsOf({ type, ...rest, [field]: null })).toEqual(isAnyJson ? [] : [field]);
});

test.each([
  ['thinking', { content: 5 }, 'content'],
  ['agent_output', { content: ['a'] }, 'content'],
  ['tool_input', { tool_input: [] }, 'tool_input'],
  ['tool_input', { tool_input: 'text' }, 'tool_input'],
  ['tool_output', { error: 'yes' }, 'error'],
  ['tool_output', { tool_configuration: 1 }, 'tool_configuration'],
  ['tool_output', { tool_configuration: 'a', tool_configuration_name: 'b' }, 'tool_configuration_name'],
  ['input_message', { messages: {} }, 'messages'],
  ['input_message', { messages: ['a'] }, 'messages[0]'],
  ['input_message', { messages: [{ type: 'image', content: 'a' }] }, 'messages[0].type'],
  [
    'input_message',
    { messages: [{ type: 'text', content: 'a' }, { type: 'skill' }] },
    'messages[1].skill_name',
  ],
  [
    'artifact_upload',
    { artifacts: [{ artifact_id: 'a', filename: 'f', size_bytes: 1 }] },
    'artifacts[0].mime_type',
  ],
  ['image_read', { detail: 'middle' }, 'detail'],
  ['compaction', { turns_compacted: 1.5 }, 'turns_compacted'],
  ['compaction', { events_compacted: '2' }, 'events_compacted'],
  ['compaction', { summary_text: {} }, 'summary_text'],
  ['context_limit_exceeded', { actual_tokens: -1 }, 'actual_tokens'],
  ['step_transition_limit_exceeded', { transition_limit: true }, 'transition_limit'],
  ['thinking', { id: 'aev_7' }, 'id'],
  ['thinking', { id: '0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b' }, 'id'],
  ['thinking', { created_at: 'yesterday' }, 'created_at'],
  ['thinking', { created_at: 1_700_000_000 }, 'created_at'],
])('a value of %s that a strict reader would not take is refused: %p', (type, more, field) => {
  expect(faultsOf({ type, ...minimal[type], ...more })).toEqual([field]);
  expect(faultsOf({ type, ...minimal[type], ...more }, 'events[3].')).toEqual([`events[3].${field}`]);
});

test('an unknown type, and one that only an object has by birth, are refused', () => {
  for (const type of ['speech', 'constructor', '', null, 7, ['thinking']])
    expect(faultsOf({ type })).toEqual(['type']);
  expect(faultsOf({})).toEqual(['type']);
});

test('all faults of an event are named', () => {
  expect(faultsOf({ type: 'tool_input', tool_input: 3, id: 1 }, 'events[0].')).toEqual([
    'events[0].id',
    'events[0].tool_call_id',
    'events[0].tool_name',
    'events[0].tool_input',
  ]);
});

test('null in an optional field is the same as leaving it out', () => {
  const nothing = { id: null, created_at: null, content: null };
  expect(inputOf({ type: 'thinking', ...nothing })).toEqual(inputOf({ type: 'thinking' }));
  expect(inputOf({ type: 'thinking' })).toEqual({
    type: 'thinking',
    eventId: null,
    eventTime: null,
    fields: [],
  });
});

test.each([
  [{}, 't'],
  [{ tool_configuration: 'k' }, 'k'],
  [{ tool_configuration_name: 'k' }, 'k'],
  [{ tool_configuration: 'k', tool_configuration_name: 'k' }, 'k'],
  [{ tool_configuration: null, tool_configuration_name: 'k' }, 'k'],
])('a tool event with %p has its configuration under both names', (sent, name) => {
  const fields = fieldsOf({ type: 'tool_output', ...minimal.tool_output, ...sent });
  expect(fields).toMatchObject({ tool_configuration: name, tool_configuration_name: name, error: false });
});

test('fields that the type does not have stay as they are, but for those that are always ours', () => {
  const ours = { session_key: 'x', session_id: 'y', hidden: true };
  expect(fieldsOf({ type: 'thinking', mood: null, tool_output: 7, ...ours })).toEqual({
    mood: null,
    tool_output: 7,
  });
  expect(inputOf('{"type":"thinking","__proto__":{"a":1}}').fields).toEqual([['__proto__', { a: 1 }]]);
});

test('extra members of messages and artifacts stay', () => {
  const messages = [{ type: 'text', content: 'a', lang: 'de' }];
  expect(fieldsOf({ type: 'input_message', messages })).toEqual({ messages });
});

test('numbers keep their digits, and whole ones of known fields are written with digits only', () => {
  const text =
    '{"type":"compaction","turns_compacted":1e3,"events_compacted":2,"summary_key":"k","cost":0.1000000000000000055}';
  const { json } = parse(text);
  const written = inputOf(text).fields.map(([name, value]) => `${name}=${json.textOf(value)}`);
  expect(written).toEqual([
    'turns_compacted=1000',
    'events_compacted=2',
    'summary_key="k"',
    'cost=0.1000000000000000055',
  ]);
});

test('an id comes in any form of a UUID, and a time loses what is below a millisecond', () => {
  const sent = {
    id: 'aev_0B1E63A2C9F74B6D8E5A1C2D3E4F5A6B',
    created_at: '2026-04-16T14:30:00.123456789+02:00',
  };
  expect(inputOf({ type: 'thinking', ...sent })).toMatchObject({
    eventId: '0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b',
    eventTime: Date.parse('2026-04-16T12:30:00.123Z') * 1000,
  });
});
