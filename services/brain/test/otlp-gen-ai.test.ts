import { attributes } from '../../../test/otlp-attributes';
import { Redactor } from '../src/capture/redactor';
import { genAiEvents, genAiKindOf } from '../src/otlp/gen-ai-span';
import { readSpan } from './support/read-span';

type Json = Record<string, unknown>;
const redactor = new Redactor({ headerNames: [], patterns: [] });

function eventsOf(values: Json, more: Json = {}): Json[] {
  const span = readSpan(values, more);
  const kind = genAiKindOf(span);
  if (kind === null) throw new Error('the span is passed over');
  return genAiEvents(span, kind, redactor).map(({ body }) => body as Json);
}
const event = (name: string, values: Json): Json => ({ name, attributes: attributes(values) });

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' };
const question = [{ role: 'user', parts: [{ type: 'text', content: 'Why?' }] }];
const answer = [{ role: 'assistant', parts: [{ type: 'text', content: 'So.' }], finish_reason: 'stop' }];

describe('what was asked and answered is the same in every form of it', () => {
  const forms: Record<string, [Json, Json?]> = {
    'lists in JSON': [
      { 'gen_ai.input.messages': JSON.stringify(question), 'gen_ai.output.messages': JSON.stringify(answer) },
    ],
    'lists of values': [{ 'gen_ai.input.messages': question, 'gen_ai.output.messages': answer }],
    'lists in JSON with texts as contents': [
      {
        'gen_ai.prompt': '[{"role":"user","content":"Why?"}]',
        'gen_ai.completion': '[{"role":"assistant","content":"So.","finish_reason":"stop"}]',
      },
    ],
    'attributes with numbers': [
      {
        'gen_ai.prompt.0.role': 'user',
        'gen_ai.prompt.0.content': 'Why?',
        'gen_ai.completion.0.content': 'So.',
        'gen_ai.completion.0.finish_reason': 'stop',
      },
    ],
    'an event of each message': [
      {},
      {
        events: [
          event('gen_ai.user.message', { content: 'Why?' }),
          event('gen_ai.choice', { message: '{"role":"assistant","content":"So."}', finish_reason: 'stop' }),
        ],
      },
    ],
    'an event with JSON of each message': [
      {},
      {
        events: [
          event('gen_ai.user.message', { 'gen_ai.event.content': '{"role":"user","content":"Why?"}' }),
          event('gen_ai.choice', {
            'gen_ai.event.content': '{"message":{"role":"assistant","content":"So."},"finish_reason":"stop"}',
          }),
        ],
      },
    ],
    'an event of all': [
      {},
      {
        events: [
          event('gen_ai.client.inference.operation.details', {
            'gen_ai.input.messages': question,
            'gen_ai.output.messages': JSON.stringify(answer),
          }),
        ],
      },
    ],
    'two events of a prompt and a completion': [
      {},
      {
        events: [
          event('gen_ai.content.prompt', { 'gen_ai.prompt': JSON.stringify(question) }),
          event('gen_ai.content.completion', { 'gen_ai.completion': JSON.stringify(answer) }),
        ],
      },
    ],
    'both of today and of before': [
      {
        'gen_ai.input.messages': question,
        'gen_ai.output.messages': answer,
        'gen_ai.prompt.0.content': 'Why?',
        'gen_ai.completion': 'So.',
      },
      { events: [event('gen_ai.choice', { message: 'So.' })] },
    ],
  };
  test.each(Object.entries(forms))('%s', (_name, [values, more]) => {
    const [input, output, ...none] = eventsOf({ ...chat, ...values }, more);
    expect(none).toEqual([]);
    expect(input).toMatchObject({
      type: 'input_message',
      created_at: '2026-01-01T00:00:00.000001+00:00',
      messages: [{ type: 'text', role: 'user', content: 'Why?' }],
    });
    expect(output).toMatchObject({
      ...{ type: 'agent_output', content: 'So.', role: 'assistant', finish_reason: 'stop', model: 'm' },
      created_at: '2026-01-01T00:00:00.020001+00:00',
    });
    expect(JSON.stringify(output?.otel)).not.toMatch(/Why\?|So\./);
  });
});

test('texts alone are messages too, instructions come first, and parts that are no text are kept', () => {
  const [input, thinking, output] = eventsOf({
    ...chat,
    'gen_ai.system_instructions': [{ type: 'text', content: 'Be brief.' }],
    'gen_ai.prompt': 'Why?',
    'gen_ai.output.messages': [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'Hm.' },
          { type: 'text', content: 'One.' },
          { type: 'tool_call', id: 'c', name: 'saw', arguments: {} },
          { type: 'text', content: 'Two.' },
        ],
      },
    ],
  });
  expect(input?.messages).toEqual([
    { type: 'text', role: 'system', content: 'Be brief.' },
    { type: 'text', role: 'user', content: 'Why?' },
  ]);
  expect(thinking).toMatchObject({ type: 'thinking', content: 'Hm.' });
  const parts = [{ type: 'tool_call', id: 'c', name: 'saw', arguments: {} }];
  expect(output).toMatchObject({ type: 'agent_output', content: 'One.\nTwo.', parts });
});

test('a model of which no content was captured is still an output, with all that is known of it', () => {
  const usage = {
    'gen_ai.usage.prompt_tokens': 3,
    'gen_ai.usage.completion_tokens': 4,
    'gen_ai.system': 'acme',
  };
  const [output, ...none] = eventsOf({ ...chat, ...usage, 'gen_ai.request.temperature': 0.5 });
  expect(none).toEqual([]);
  expect(output).toMatchObject({
    ...{ type: 'agent_output', content: '', operation: 'chat', provider: 'acme', duration_ms: 20 },
    usage: { input_tokens: 3, output_tokens: 4 },
    otel: { attributes: { 'gen_ai.request.temperature': 0.5 } },
  });
});

test('what a tool took and gave are objects, whatever they were', () => {
  const tool = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'saw',
    'gen_ai.tool.call.id': 'c',
  };
  const of = (taken: unknown, gave: unknown): unknown[] => {
    const values = { 'gen_ai.tool.call.arguments': taken, 'gen_ai.tool.call.result': gave };
    const [input, output] = eventsOf({ ...tool, ...values });
    return [input?.tool_input, output?.tool_output];
  };
  expect(of('{"a":1}', { b: 2 })).toEqual([{ a: 1 }, { b: 2 }]);
  expect(of('[1]', 'done')).toEqual([{ arguments: [1] }, { result: 'done' }]);
  expect(of('', '{broken')).toEqual([{}, { result: '{broken' }]);
  expect(of('['.repeat(200) + ']'.repeat(200), 5)).toEqual([
    { arguments: expect.any(String) },
    { result: 5 },
  ]);
});

test('a tool that failed says so, and one without names has those of its span', () => {
  const values = { 'gen_ai.operation.name': 'execute_tool', 'error.type': 'Timeout' };
  const [input, output] = eventsOf(values, { name: 'execute_tool saw' });
  const named = { tool_call_id: 'b7ad6b7169203331', tool_name: 'execute_tool saw' };
  expect(input).toMatchObject({ type: 'tool_input', ...named });
  expect(output).toMatchObject({ type: 'tool_output', ...named, error: true, error_message: 'Timeout' });
  const [, good] = eventsOf({ 'gen_ai.tool.name': 'saw' });
  expect(good?.error).toBe(false);
});

test('spans of models and tools are known by their operation, or by what older ones say', () => {
  const kindOf = (values: Json) => genAiKindOf(readSpan(values));
  const operations = [
    'chat',
    'text_completion',
    'generate_content',
    'invoke_agent',
    'execute_tool',
    'embeddings',
    7,
  ];
  expect(operations.map((operation) => kindOf({ 'gen_ai.operation.name': operation }))).toEqual([
    ...['model', 'model', 'model', 'model', 'tool'],
    ...[null, null],
  ]);
  expect(kindOf({ 'gen_ai.tool.name': 'saw' })).toBe('tool');
  expect(kindOf({ 'gen_ai.prompt.0.content': 'x' })).toBe('model');
  expect(kindOf({ 'gen_ai.request.model': 'x' })).toBe('model');
  expect(kindOf({ 'gen_ai.usage.input_tokens': 1 })).toBeNull();
  expect(kindOf({ 'http.request.method': 'GET' })).toBeNull();
});

test('more than a thousand messages of one span are refused', () => {
  const many = JSON.stringify(Array(1001).fill(''));
  expect(() => eventsOf({ ...chat, 'gen_ai.output.messages': many })).toThrow('invalid_request');
});
