import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

/** The generator's own source fetches eight numbers at a time, which takes longer than the rest of an id. */
const random = {
  numbers: new Uint32Array(1024),
  used: 1024,
  nextUint32(): number {
    if (this.used === this.numbers.length) {
      randomFillSync(this.numbers);
      this.used = 0;
    }
    return this.numbers[this.used++] as number;
  },
};
const generator = new V7Generator(random);

/** A UUIDv7 that no event has yet; each is behind the one before, also within a millisecond. */
export function newEventId(): string {
  return generator.generate().toString();
}
