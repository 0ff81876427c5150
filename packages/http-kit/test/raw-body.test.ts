import { RawBody } from '../src/raw-body';

const bodyOf = (text: string) => new RawBody(Buffer.from(text));
const arrays = (levels: number, inside = '') => `{"a":${'['.repeat(levels)}${inside}${']'.repeat(levels)}}`;
const tooDeep = { code: 'invalid_json', payload: { errors: [{ message: 'nested deeper than 128 levels' }] } };

function errorOf(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    return error;
  }
}

describe.each(['json', 'exactJson', 'exactValue'] as const)('%s', (form) => {
  test.each([
    ['arrays', arrays(127)],
    ['a number that must keep its digits', arrays(127, '12345678901234567890')],
    ['brackets in a text', arrays(127, JSON.stringify('[{"'.repeat(200)))],
    ['brackets behind an escaped quote and an escaped backslash', arrays(127, '"\\\\\\"[[{{","\\\\","[["')],
    ['brackets in a key, beside characters of two to four bytes', arrays(126, '{"é€😀[{":"\\u005b["}')],
    ['many arrays side by side', arrays(127, Array(10_000).fill('""').join())],
  ])('takes 128 levels with %s', (_name, text) => {
    expect(errorOf(() => bodyOf(text)[form]())).not.toBeInstanceOf(Error);
  });

  test.each([
    ['arrays', arrays(128)],
    ['objects', `${'{"a":'.repeat(129)}1${'}'.repeat(129)}`],
    ['a text before them', `{"b":"]]]]\\"]]","a":${'[{"c":'.repeat(64)}1${'}]'.repeat(64)}}`],
    ['5 MB of openings', '['.repeat(5_000_000)],
    ['5 MB of arrays', arrays(2_500_000)],
    ['5 MB of arrays and a number that must keep its digits', arrays(2_500_000, '12345678901234567890')],
  ])('refuses 129 levels and more: %s', (_name, text) => {
    expect(errorOf(() => bodyOf(text)[form]())).toMatchObject(tooDeep);
  });
});

test.each(['1', '1e5', '12345678901234567890', '[]', 'null', '"x"'])('%s is not a JSON object', (text) => {
  const refusal = {
    code: 'invalid_json',
    payload: { errors: [{ message: 'the body is not a JSON object' }] },
  };
  expect(errorOf(() => bodyOf(text).json())).toMatchObject(refusal);
  expect(errorOf(() => bodyOf(text).exactJson())).toMatchObject(refusal);
});

test.each(['1234567890123456789', '-9007199254740993', '0.1234567890123456', '1e400', '-2.5E-7'])(
  'exactJson keeps the digits of %s',
  (number) => {
    for (const text of [
      `{"a":"x","b":${number}}`,
      `{"b":[{"c":"\\"1"},${number}]}`,
      `{ "b" :\t${number} }`,
    ]) {
      const { object, json } = bodyOf(text).exactJson();
      expect(json.textOf(object.b)).toBe(/"b"\s*:\s*(.*?)\s*\}$/.exec(text)?.[1]);
    }
  },
);

test('long digits in a text or side by side do not make numbers other than JavaScript has them', () => {
  const text = '{"a":"12345678901234567","b":[123456789,123456789,1.5],"c":true,"d":12,"e":false}';
  expect(bodyOf(text).exactJson().object).toEqual(JSON.parse(text));
});
