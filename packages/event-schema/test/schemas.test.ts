import { Ajv2020 } from 'ajv/dist/2020';
import { z } from 'zod';
import {
  agentEventSchema,
  agentEventTypes,
  backendEventSchema,
  missingRequiredFields,
  parseAgentEventInput,
  parseBackendEventInput,
  parseExactJson,
  parseTime,
  readBy,
  sent,
  wire,
} from '../src';
import { timePattern } from '../src/time';

const uuid = '0b1e63a2-c9f7-4b6d-8e5a-1c2d3e4f5a6b';
const event = { project_id: uuid, path: '/a', method: 'GET', status_code: 200, latency_ms: 1.5 };

/** What clients send, and what nobody should. */
const values = [
  ...[
    undefined,
    null,
    true,
    false,
    {},
    [],
    { a: 1 },
    [1],
    '',
    ' ',
    'x',
    '/a',
    'GET',
    '😀'.repeat(20),
    'x'.repeat(21),
  ],
  ...[0, -0, 1, -1, 1.5, 200, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53, 1e300, -1e-9],
  ...[
    '0',
    '200',
    ' 12 ',
    '+5',
    '-5',
    '-0',
    '1.5',
    '.5',
    '5.',
    '1e3',
    '1e400',
    '-1e-3',
    '0x10',
    'NaN',
    '65536',
    '9'.repeat(16),
  ],
  ...[uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), `{${uuid}}`, `aev_${uuid}`, `aev_x`, `ase_${uuid}`],
  ...[
    '2026-04-16T14:30:00Z',
    '2026-04-16 14:30',
    '2026-02-30T00:00:00Z',
    '2026-04-16T14:30:00.123456789Z',
    '2026-04-16',
  ],
  ...[
    [{ type: 'text', content: 'x' }],
    [{ type: 'skill', skill_name: 'x' }],
    [{ type: 'text' }],
    [{ type: 'other' }],
  ],
  ...[
    [{ artifact_id: 'a', filename: 'f', mime_type: 'm', size_bytes: 1 }],
    [{ artifact_id: 'a' }],
    'auto',
    'medium',
  ],
];

test('the schema of a captured event takes exactly what is taken', () => {
  const names = [...Object.keys(backendEventSchema.shape), 'unknown'];
  const different: string[] = [];
  for (const name of names) {
    for (const value of values) {
      const body = JSON.parse(JSON.stringify({ ...event, [name]: value }));
      const json = parseExactJson(JSON.stringify(body));
      const isTaken =
        missingRequiredFields(body).length === 0 && 'input' in parseBackendEventInput(body, json);
      if (backendEventSchema.safeParse(body).success !== isTaken)
        different.push(`${name}: ${JSON.stringify(value)}`);
    }
  }
  expect(different).toEqual([]);
});

const agentFields = {
  messages: [{ type: 'text', content: 'x' }],
  tool_call_id: 'c',
  tool_name: 't',
  tool_input: {},
  tool_output: {},
  content: 'x',
  schema_name: 's',
  artifacts: [],
  skill_name: 's',
  artifact_id: 'a',
  from_step: 'a',
  to_step: 'b',
  turns_compacted: 1,
  events_compacted: 1,
  summary_key: 'k',
  message: 'm',
};

test('what is described of a captured event is what is taken, but for bounds in texts and days that no month has', () => {
  const described = new Ajv2020({ strict: false, validateFormats: false }).compile(
    z.toJSONSchema(backendEventSchema, { io: 'input', unrepresentable: 'any' }),
  );
  const beyondWords = ['"65536"', '"1e400"', '"2026-02-30T00:00:00Z"'];
  const different: string[] = [];
  for (const name of Object.keys(backendEventSchema.shape)) {
    for (const value of values) {
      const body = JSON.parse(JSON.stringify({ ...event, [name]: value }));
      if (described(body) !== backendEventSchema.safeParse(body).success)
        different.push(JSON.stringify(value));
    }
  }
  expect([...new Set(different)].filter((value) => !beyondWords.includes(value))).toEqual([]);
});

test.each([
  ['six', '2026-04-16T14:30:00.123456+00:00', true],
  ['an hour alone', '2026-04-16t23:30+09', true],
  ['a space and a comma', '2026-04-16 10:30:00,5-0400', true],
  ['seven', '2026-04-16T14:30:00.1234567Z', false],
  ['a thirteenth month', '2026-13-01T00:00:00Z', false],
  ['a thirty-second day', '2026-01-32T00:00:00Z', false],
  ['hour 24', '2026-04-16T24:00:00Z', false],
  ['a leap second', '2026-04-16T23:59:60Z', false],
  ['an offset of 25 hours', '2026-04-16T14:30:00+25:00', false],
  ['no time', '2026-04-16', false],
])('a time with %s is described as it is taken', (_with, text, isTaken) => {
  expect([parseTime(text) !== null, new RegExp(timePattern(6)).test(text)]).toEqual([isTaken, isTaken]);
});

test.each(agentEventTypes)('the schema of %s takes exactly what is taken', (type) => {
  const names = [
    ...Object.keys(agentFields),
    ...['type', 'id', 'created_at', 'error', 'detail', 'tool_configuration', 'summary_text', 'context_limit'],
    ...['actual_tokens', 'transition_limit', 'unknown'],
  ];
  const different: string[] = [];
  for (const name of names) {
    for (const value of values) {
      const body = JSON.parse(JSON.stringify({ type, ...agentFields, [name]: value }));
      const isTaken = 'input' in parseAgentEventInput(body);
      if (agentEventSchema.safeParse(body).success !== isTaken)
        different.push(`${name}: ${JSON.stringify(value)}`);
    }
  }
  expect(different).toEqual([]);
});

test('each schema of a value has examples that it takes', () => {
  const schemas = [
    ...[wire.uuid, wire.time, wire.date, wire.key('ase'), wire.token, wire.cursor, wire.json, wire.count],
    ...[sent.uuid, sent.time, sent.cursor, sent.ref('agt'), sent.ref('ase'), sent.ref('aev')],
  ];
  for (const schema of schemas) {
    const examples = (schema.meta()?.examples ?? []) as unknown[];
    expect(examples.map((example) => schema.safeParse(example).success)).toEqual([true]);
  }
});

test('the pattern of a key that may be given is what is checked', () => {
  const schema = sent.ref('ase');
  const pattern = new RegExp(String(schema.meta()?.pattern));
  for (const text of [
    'ase_x',
    'ase_',
    'agt_x',
    'ase_ä',
    `ase_${uuid}`,
    `ase_${uuid}0`,
    `ase_${uuid.replaceAll('-', '')}`,
  ]) {
    expect([text, schema.safeParse(text).success]).toEqual([text, pattern.test(text)]);
  }
  expect(schema.safeParse(`ase_${'x'.repeat(47)}`).success).toBe(false);
});

test('what a text is read by says what is wrong with it', () => {
  const schema = sent.cursor.pipe(readBy((text) => (text === '1' ? 1 : null), 'must be 1'));
  expect(schema.parse('1')).toBe(1);
  expect(schema.safeParse('2').error?.issues).toMatchObject([{ message: 'must be 1', path: [] }]);
});
