import { Writable } from 'node:stream';
import { createLogger } from '../src';

test('credentials and bodies are never in a log line', () => {
  let written = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += chunk;
      done();
    },
  });
  const logger = createLogger('test', 'debug', sink);
  logger.info(
    { password: 's3cret', user: { jwt_token: 's3cret' }, req: { headers: { a: 's3cret' }, body: 's3cret' } },
    'hello',
  );
  logger.info({ a: { b: { api_key: 's3cret' } }, token: 's3cret', credential: { value: 's3cret' } }, 'again');
  expect(written).toContain('hello');
  expect(written).toContain('again');
  expect(written).not.toContain('s3cret');
});
