import { ApiError } from '@otas/errors';
import { z } from 'zod';
import { firstOfEach, readFields } from '../src';

const schema = z.object({
  agent_id: z.string('agent_id_required'),
  limit: z.string().regex(/^\d+$/, 'limit_not_an_integer').transform(Number).optional(),
  events: z.array(z.object({ path: z.string('must be a string') }), 'must be an array').optional(),
  name: z.string('must be a string').min(2, 'is too short').regex(/^a/, 'must begin with a').optional(),
});

function errorOf(value: unknown): ApiError {
  try {
    readFields(schema, value);
  } catch (error) {
    if (error instanceof ApiError) return error;
  }
  throw new Error('it was taken');
}

test('gives the values that the schema makes', () => {
  expect(readFields(schema, { agent_id: 'x', limit: '12', more: 1 })).toEqual({ agent_id: 'x', limit: 12 });
});

test('names each field that is wrong once, in the order of the schema', () => {
  const error = errorOf({ agent_id: 'x', name: 'b', events: [{ path: '/' }, { path: 1 }] });
  expect([error.code, error.payload]).toEqual([
    'invalid_request',
    {
      errors: [
        { field: 'events[1].path', message: 'must be a string' },
        { field: 'name', message: 'is too short' },
      ],
    },
  ]);
});

test('a message that is the code of an error is that error, the first before the others', () => {
  expect(errorOf({ limit: 'x', name: 'b' }).code).toBe('agent_id_required');
  expect(errorOf({ agent_id: 'x', limit: 'x', name: 'b' }).code).toBe('limit_not_an_integer');
});

test('what is no object is wrong as a whole', () => {
  expect(errorOf(null).payload).toEqual({ errors: [{ field: 'body', message: expect.any(String) }] });
});

test('a name that a client made does not lengthen the answer', () => {
  const any = z.record(z.string(), z.number('must be a number'));
  const name = 'x'.repeat(1000);
  expect(() => readFields(any, { [name]: 'x' })).toThrow(
    expect.objectContaining({
      payload: { errors: [{ field: 'x'.repeat(200), message: 'must be a number' }] },
    }),
  );
});

test('of a parameter that comes more than once the first counts', () => {
  expect(firstOfEach(new URLSearchParams('a=1&b=2&a=3&__proto__=4'))).toMatchObject({ a: '1', b: '2' });
});
