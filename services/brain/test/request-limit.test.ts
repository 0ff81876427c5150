import type { ApiError } from '@otas/errors';
import { RequestLimit } from '../src/v2/request-limit';

test('one request too many is 429 until the window ends, for that key alone', () => {
  let nowMs = 1000;
  const limit = new RequestLimit(3, 60, () => nowMs);
  const count = (key: string) => {
    try {
      limit.count(key);
      return null;
    } catch (error) {
      return error as ApiError;
    }
  };
  expect([count('a'), count('a'), count('a')]).toEqual([null, null, null]);
  nowMs += 50_500;
  const refused = count('a');
  expect([refused?.status, refused?.code, refused?.headers]).toEqual([
    429,
    'rate_limit_exceeded',
    { 'Retry-After': '10' },
  ]);
  expect(count('b')).toBeNull();
  nowMs += 9500;
  expect(count('a')).toBeNull();
});

test('0 is no limit', () => {
  const limit = new RequestLimit(0, 60);
  for (let times = 0; times < 10_000; times++) limit.count('a');
});
