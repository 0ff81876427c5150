import type { CallRecord } from '../src';
import { otasMiddleware } from '../src';
import { hardCases, requestOf } from './support/hard-cases';
import { hosts } from './support/hosts';
import { exchangeAndCut, exchangeRaw, rawRequest } from './support/raw-http';

const mockCalls: CallRecord[] = [];
jest.mock('../src/session/create-recorder', () => ({
  createRecorder: () => ({
    forSession: () => ({ record: (c: CallRecord) => mockCalls.push(c), bodyMaxBytes: 65536 }),
    flush: async () => true,
  }),
}));
const S = { 'X-OTAS-AGENT-SESSION-TOKEN': 'x' };
describe.each(Object.entries(hosts))('%s', (name, start) => {
  test('same', async () => {
    const bare = await start(null);
    const other = await start(otasMiddleware({}));
    for (const path of Object.keys(hardCases)) {
      const request = requestOf(path, S);
      const expected = await exchangeRaw(bare.port, request);
      mockCalls.length = 0;
      const got = await exchangeRaw(other.port, request);
      expect([path, got]).toEqual([path, expected]);
      expect([path, mockCalls.length]).toEqual([path, 1]);
      const flat = { ...mockCalls[0], response_headers: JSON.stringify(mockCalls[0]?.response_headers) };
      try {
        expect(flat).toMatchObject((hardCases[path] as any).recorded);
      } catch (e) {
        console.log(path, got.slice(0, 300), String(e).slice(0, 600));
        process.exitCode = 1;
      }
    }
    mockCalls.length = 0;
    for (const path of ['/own/file', '/own/throws', '/own/echo', '/own/raw']) {
      const request = rawRequest(
        /file|throws/.test(path) ? 'GET' : 'POST',
        path,
        { ...S, Connection: 'close', 'Content-Type': 'application/json' },
        /file|throws/.test(path) ? '' : '["raw"]',
      );
      if (/echo|raw/.test(path)) request;
      const expected = await exchangeRaw(bare.port, request);
      const got = await exchangeRaw(other.port, request);
      expect([path, got]).toEqual([path, expected]);
    }
    console.log(
      name,
      JSON.stringify(
        mockCalls.map((c) => [
          c.path,
          c.method,
          c.status_code,
          c.error,
          c.request_body,
          c.response_body?.slice(0, 40),
          c.response_size_bytes,
        ]),
      ),
    );
    mockCalls.length = 0;
    await exchangeAndCut(other.port, rawRequest('GET', '/endless', S).toString(), 'begun');
    await exchangeAndCut(other.port, rawRequest('GET', '/silent', S).toString(), '');
    await exchangeAndCut(other.port, rawRequest('GET', '/broken', S).toString(), 'begun');
    while (mockCalls.length < 3) await new Promise((r) => setTimeout(r, 20));
    console.log(
      name,
      JSON.stringify(
        mockCalls.map((c) => [c.path, c.status_code, c.response_body, c.error, c.response_headers]),
      ),
    );
    await bare.stop();
    await other.stop();
  });
});
