// The part of curl that our texts use, for machines that have none: exits with 2 for anything else, as curl does.
const options = {
  method: null,
  headers: [],
  body: null,
  url: null,
  format: '',
  output: null,
  isIncluded: false,
  failsOnErrors: false,
};
const flags = {
  X: (value) => (options.method = value),
  H: (value) => options.headers.push(value),
  d: (value) => (options.body = options.body === null ? value : `${options.body}&${value}`),
  w: (value) => (options.format = value),
  o: (value) => (options.output = value),
};
const switches = {
  s: () => {},
  S: () => {},
  N: () => {},
  i: () => (options.isIncluded = true),
  f: () => (options.failsOnErrors = true),
};
const long = {
  request: 'X',
  header: 'H',
  data: 'd',
  'data-raw': 'd',
  'write-out': 'w',
  output: 'o',
  silent: 's',
  'show-error': 'S',
  include: 'i',
  'no-buffer': 'N',
  'fail-with-body': 'f',
};

function refuse(text) {
  console.error(`curl: ${text}`);
  process.exit(2);
}

const args = process.argv.slice(2);
while (args.length > 0) {
  const arg = args.shift();
  if (!arg.startsWith('-')) {
    if (options.url !== null) refuse('more than one URL');
    options.url = arg;
    continue;
  }
  const letters = arg.startsWith('--')
    ? [long[arg.slice(2)] ?? refuse(`option ${arg}: is unknown`)]
    : [...arg.slice(1)];
  letters.forEach((letter, at) => {
    if (letter in switches) switches[letter]();
    else if (letter in flags && at === letters.length - 1 && args.length > 0) flags[letter](args.shift());
    else refuse(`option ${arg}: is unknown`);
  });
}
if (options.url === null) refuse('no URL specified');

const headers = options.headers.map((line) => line.split(/:\s*(.*)/s, 2));
const method = options.method ?? (options.body === null ? 'GET' : 'POST');
try {
  const answer = await fetch(options.url, { method, headers, body: options.body ?? undefined });
  if (options.isIncluded) {
    console.log(`HTTP/1.1 ${answer.status} ${answer.statusText}`);
    for (const [name, value] of answer.headers) console.log(`${name}: ${value}`);
    console.log();
  }
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (options.output === null) process.stdout.write(bytes);
  else if (options.output !== '/dev/null') refuse('-o is for /dev/null alone');
  process.stdout.write(
    options.format.replaceAll('\\n', '\n').replaceAll('%{http_code}', String(answer.status)),
  );
  if (options.failsOnErrors && answer.status >= 400) {
    console.error(`curl: (22) The requested URL returned error: ${answer.status}`);
    process.exitCode = 22;
  }
} catch (error) {
  console.error(`curl: (7) ${error.cause?.message ?? error.message}`);
  process.exitCode = 7;
}
