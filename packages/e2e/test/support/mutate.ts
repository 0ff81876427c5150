import type { Random } from '../faults/random';

/** The bytes with one to four faults in them: changed, missing, doubled or put in. */
export function mutate(bytes: Uint8Array, random: Random): Buffer {
  const below = (max: number): number => Math.floor(random() * max);
  let mutated = Buffer.from(bytes);
  for (let left = 1 + below(4); left > 0; left--) {
    const [at, length] = [below(mutated.length), 1 + below(12)];
    const [before, piece, after] = [
      mutated.subarray(0, at),
      mutated.subarray(at, at + length),
      mutated.subarray(at + length),
    ];
    const noise = Buffer.from(Array.from({ length }, () => below(256)));
    const faults = [
      () => [before, Buffer.from([(mutated[at] ?? 0) ^ (1 << below(8))]), mutated.subarray(at + 1)],
      () => [before, noise, after],
      () => [before, after],
      () => [before, piece, piece, after],
      () => [before, Buffer.alloc(length, 0xff), piece, after],
      () => [before],
    ];
    mutated = Buffer.concat((faults[below(faults.length)] as () => Buffer[])());
  }
  return mutated;
}

const hostile: readonly unknown[] = [
  ...[
    null,
    true,
    -1,
    1e308,
    1.5,
    '',
    'x',
    '\u0000',
    '\ud800',
    '9'.repeat(400),
    [],
    {},
    [[]],
    [null],
    ['a', 1],
  ],
  ...[
    { toString: 1 },
    { toJSON: 'x' },
    { length: -1 },
    { __proto__: { admin: true } },
    { isLosslessNumber: true },
  ],
  ...[
    { stringValue: 5 },
    { intValue: '1e5' },
    { intValue: 2 ** 70 },
    { doubleValue: 'NaN' },
    { kvlistValue: [] },
  ],
  ...[{ kvlistValue: { values: [{ key: 'toString', value: { intValue: 1 } }] } }],
  ...[{ arrayValue: { values: [{ kvlistValue: { values: [{ key: '__proto__', value: {} }] } }] } }],
];

/** A value of JSON with something hostile in the place of one of its parts. */
export function spoil(value: unknown, random: Random): unknown {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  if (keys.length === 0 || random() < 0.1) return hostile[Math.floor(random() * hostile.length)];
  const key = keys[Math.floor(random() * keys.length)] as string;
  const spoiled = spoil((value as Record<string, unknown>)[key], random);
  if (!Array.isArray(value)) return { ...(value as object), [key]: spoiled };
  return value.map((member, at) => (String(at) === key ? spoiled : member));
}
