const { EventLog } = require('../../dist');

/** Appends numbered records until one is refused, twice; the numbers are larger than those of earlier runs. */
async function main() {
  const log = new EventLog({ dir: process.argv[2], maxBytes: 1e9 });
  let number = Date.now() * 1000;
  for (let refusals = 0; refusals < 2; ) {
    try {
      const bytes = Buffer.from(`${++number} ${'x'.repeat(1000)}`);
      await log.write({ appended: [{ bytes, count: 1 }], removed: [], texts: new Map() });
      console.log(number);
    } catch {
      refusals++;
      console.log('refused');
    }
  }
  process.exit(0);
}

void main();
