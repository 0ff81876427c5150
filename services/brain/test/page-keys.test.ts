import { checkForm, PageKeys } from '../src/agent-events/page-keys';

const scope = { projectId: 'p', agentId: 'a', sessionId: 's', includeHidden: false };
const place = {
  eventTime: 1_795_316_817_091_000,
  sequence: 1_795_316_817_091_123,
  eventId: '01a20138-9cc4-77a1-9b2d-111f3fbc3b34',
};
const keys = new PageKeys(() => ['secret']);

test('a page key is read for the list that it was written for, by every instance with the secret', () => {
  const key = keys.write(place, scope);
  expect(new PageKeys(() => ['secret']).read(key, scope)).toEqual(place);
  checkForm(key);
  checkForm(keys.write({ ...place, eventTime: 0, sequence: 0 }, scope));
  checkForm(null);
});

test.each([
  ['another session', (key: string) => keys.read(key, { ...scope, sessionId: 't' })],
  ['another agent', (key: string) => keys.read(key, { ...scope, agentId: 'b' })],
  ['another project', (key: string) => keys.read(key, { ...scope, projectId: 'q' })],
  ['another filter', (key: string) => keys.read(key, { ...scope, includeHidden: true })],
  ['another secret', (key: string) => new PageKeys(() => ['other']).read(key, scope)],
  ['a change', (key: string) => keys.read(`${key.slice(0, 30)}x${key.slice(31)}`, scope)],
  ['a cut', (key: string) => keys.read(key.slice(0, -4), scope)],
  ['something behind it', (key: string) => keys.read(`${key}AAAA`, scope)],
])('with %s it is refused', (_name, read) => {
  expect(() => read(keys.write(place, scope))).toThrow('invalid_request');
});

test.each([[''], ['x'], ['a'.repeat(257)], [`${'a'.repeat(100)}=`]])(
  'what no list can have given is refused at sight: %p',
  (text) => {
    expect(() => checkForm(text)).toThrow('invalid_request');
  },
);
