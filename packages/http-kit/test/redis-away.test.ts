import { Writable } from 'node:stream';
import { createLimits, createLogger } from '../src';

test('a Redis that was never there is told once, and delays nobody', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const limits = createLimits({
    service: 'test',
    redisUrl: 'redis://:secret@127.0.0.1:1',
    trustProxy: false,
    requestsPerAddress: 10,
    requestsPerCredential: 10,
    logger: createLogger('test', 'info', destination),
  });
  try {
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    for (let times = 1; times <= 100; times++) {
      expect((await limits.counters.add('a', 1, 60)).value).toBe(times);
    }
    expect(await limits.counters.find('b')).toBeNull();
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({
      level: 40,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(lines[0]).not.toContain('secret');
  } finally {
    limits.stop();
  }
});
