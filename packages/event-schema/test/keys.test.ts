import { isKey, keyOfUuid, uuidInKey } from '../src';

const uuid = '01a20138-9cc4-77a1-9b2d-111f3fbc3b34';

test.each(['agt_a', 'agt__', 'agt_-', 'agt_Az09_-', `agt_${'x'.repeat(46)}`, `agt_${uuid}`])(
  '%s is the key of an agent',
  (key) => expect(isKey('agt', key)).toBe(true),
);

test.each([
  ...['', 'agt_', 'agt', 'AGT_a', 'ase_a', ' agt_a', 'agt_a ', 'agt_a\n', 'agt_ä', 'agt_a.b', 'agt_a/b'],
  ...[`agt_${'x'.repeat(47)}`, 5, null, undefined, ['agt_a'], { length: 5 }],
])('%p is no key of an agent', (value) => expect(isKey('agt', value)).toBe(false));

test('the key of a UUID reads back in any case, and only with its hyphens', () => {
  expect(uuidInKey('ase', keyOfUuid('ase', uuid))).toBe(uuid);
  expect(uuidInKey('ase', `ase_${uuid.toUpperCase()}`)).toBe(uuid);
  for (const key of [
    `ase_${uuid.replaceAll('-', '')}`,
    `agt_${uuid}`,
    uuid,
    `ase_${uuid}0`,
    `ase__${uuid}`,
    'ase_a',
  ]) {
    expect(uuidInKey('ase', key)).toBeNull();
  }
});
