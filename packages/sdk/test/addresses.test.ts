import { readAddresses } from '../src/session/addresses';

const env =
  (values: Record<string, string> = {}) =>
  (name: string) =>
    values[name];

test('addresses are those given, else those of the environment, else those of this machine', () => {
  const defaults = { uasamUrl: 'http://127.0.0.1:8000', brainUrl: 'http://127.0.0.1:8002' };
  expect(readAddresses({}, env())).toMatchObject(defaults);
  expect(
    readAddresses({}, env({ OTAS_UASAM_URL: '', OTAS_BRAIN_URL: 'https://b.example/brain/' })),
  ).toMatchObject({
    ...defaults,
    brainUrl: 'https://b.example/brain',
  });
  expect(
    readAddresses({ brainUrl: 'http://c:1' }, env({ OTAS_BRAIN_URL: 'https://b.example' })).brainUrl,
  ).toBe('http://c:1');
});

test.each([
  ['http://127.0.0.1:8000/api/x?y', true],
  ['http://127.0.0.1:8000', true],
  ['https://b.example/brain', true],
  ['https://b.example/brain/v2?x', true],
  ['https://b.example/brains', false],
  ['https://b.example/', false],
  ['http://127.0.0.1:80001/', false],
  ['not a URL', false],
])('%s is an address of UASAM or Brain: %s', (url, isOwn) => {
  expect(readAddresses({ brainUrl: 'https://b.example/brain' }, env()).isOwnUrl(url)).toBe(isOwn);
});

test.each([
  ['api.example.com', 'https://api.example.com/a', true],
  ['API.example.com', 'https://api.EXAMPLE.com:8443/a', true],
  ['api.example.com', 'https://x.api.example.com/', false],
  ['api.example.com', 'https://api.example.com.evil.example/', false],
  ['*.example.com', 'https://api.example.com/', true],
  ['*.example.com', 'https://example.com/', false],
  ['*.example.com', 'https://evilexample.com/', false],
  ['localhost:3000', 'http://localhost:3000/', true],
  ['localhost:3000', 'http://localhost:3001/', false],
  ['https://api.example.com/any/path', 'https://api.example.com/', true],
  ['https://api.example.com', 'http://api.example.com/', false],
  ['https://api.example.com', 'https://user@evil.example/?https://api.example.com', false],
  ['', 'https://api.example.com/', false],
])('the domain %j holds %s: %s', (domain, url, isIn) => {
  expect(readAddresses({ domain }, env()).isInDomain(url)).toBe(isIn);
  expect(readAddresses({ domain: ['other.example', domain] }, env()).isInDomain(url)).toBe(isIn);
});
