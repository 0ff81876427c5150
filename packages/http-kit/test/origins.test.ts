import request from 'supertest';
import { echoServer } from './support/echo';

const [ours, other, stranger] = ['https://a.example', 'https://b.example', 'https://evil.example'];
const exposed = {
  'access-control-expose-headers':
    'X-Request-Id,Retry-After,RateLimit-Limit,RateLimit-Remaining,RateLimit-Reset',
};

// In the table, spelled in another way, with a method that it has not, unknown.
describe.each(['POST /echo/', 'POST //echo/', 'DELETE /echo/', 'GET /nowhere'])('an answer to %s', (line) => {
  const [method, path] = line.split(' ') as [string, string];
  const headersOf = async (corsOrigins: string[], origin: string | null) => {
    const sent = request(echoServer({ corsOrigins }))[method.toLowerCase() as 'get' | 'post' | 'delete'](
      path,
    );
    if (origin !== null) sent.set('Origin', origin);
    return (await sent).headers;
  };

  test('may be read by every page where every origin may call', async () => {
    for (const origin of [ours, stranger, null]) {
      const headers = await headersOf(['*'], origin);
      expect(headers).toMatchObject({ ...exposed, 'access-control-allow-origin': '*' });
      expect(headers).not.toHaveProperty('vary');
    }
  });

  test('may be read by pages of a listed origin', async () => {
    for (const origin of [ours, other]) {
      const expected = { ...exposed, 'access-control-allow-origin': origin, vary: 'Origin' };
      expect(await headersOf([ours, other], origin)).toMatchObject(expected);
    }
  });

  test('may not be read by pages of another origin, and caches are told that it depends', async () => {
    for (const origin of [stranger, `${ours}.evil.example`, '', null]) {
      const headers = await headersOf([ours, other], origin);
      expect(headers).toMatchObject({ ...exposed, vary: 'Origin' });
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});

test('a preflight names the listed origin and no other', async () => {
  const server = echoServer({ corsOrigins: [ours, other] });
  const preflight = (origin: string) =>
    request(server).options('/echo/').set({ Origin: origin, 'Access-Control-Request-Method': 'POST' });
  const known = await preflight(other);
  expect([known.status, known.headers['access-control-allow-origin']]).toEqual([204, other]);
  expect((await preflight(stranger)).headers).not.toHaveProperty('access-control-allow-origin');
});
