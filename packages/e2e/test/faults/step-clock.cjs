// Preloaded into a service: its clock is the machine's plus as many milliseconds as a file says at that moment.
const { readFileSync } = require('node:fs');

const RealDate = Date;
const realNow = Date.now;
const now = () => realNow() + Number(readFileSync(process.env.FAULTS_CLOCK_FILE, 'utf8'));

globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};
