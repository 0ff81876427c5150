// Preloaded into the command line: its clock is the machine's plus as many milliseconds as a file says.
const { readFileSync } = require('node:fs');

const ahead = Number(readFileSync(process.env.TEST_CLOCK_FILE, 'utf8'));
const realNow = Date.now;
Date.now = () => realNow() + ahead;
