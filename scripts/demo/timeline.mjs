const isColoured = Boolean(process.stdout.isTTY) && !process.env.NO_COLOR;
const [widthDefault, widthMin, widthMax] = [100, 80, 160];
const width = Math.min(Math.max(process.stdout.columns ?? widthDefault, widthMin), widthMax);

const style = (code) => (text) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);
const [bold, dim, red, green, yellow] = [1, 2, 31, 32, 33].map(style);

/** Colour by what a status means: an answer, the caller's fault, or no answer that helps. */
function paintOf(status) {
  if (status === 0 || status >= 500) return red;
  return status >= 400 ? yellow : green;
}

/** Names and values, one pair a line. */
function renderPairs(pairs) {
  return pairs.map(([name, value]) => `  ${dim(name.padEnd(9))}${value}`).join('\n');
}

/** Who acts. */
export function renderIdentity({ email, projectId, agentId, sessionId }) {
  const pairs = { user: email, project: projectId, agent: agentId, session: sessionId };
  return `\n${renderPairs(Object.entries(pairs))}\n`;
}

/** A call as one sign, for the moment at which it is made. */
export function renderMark({ status_code: status, error }) {
  return paintOf(status)(error === null ? '▪' : '×');
}

/** The events as a table in the order in which they were read; the agent's intent stands above the calls it led to. */
export function renderTimeline(events) {
  const columns = layOut(events);
  const lines = [renderHeading(columns)];
  let intent = null;
  for (const event of events) {
    if (event.metadata.intent !== intent) lines.push('', `  ${bold(event.metadata.intent)}`);
    intent = event.metadata.intent;
    lines.push(renderEvent(event, columns));
    if (event.error !== null) lines.push(renderError(event, columns));
  }
  return `${lines.join('\n')}\n`;
}

/** Widths of the columns in characters. Path and bar share what the others leave; the longest bar is the slowest call. */
function layOut(events) {
  const fixed = { mark: 2, time: 14, method: 8, service: 7, status: 5, latency: 10 };
  const left = width - Object.values(fixed).reduce((sum, one) => sum + one);
  const bar = Math.floor(left / 4);
  return { ...fixed, bar, path: left - bar, latencyMax: Math.max(...events.map((one) => one.latency_ms)) };
}

function renderHeading({ mark, time, method, service, path, status }) {
  const call = 'time (UTC)'.padEnd(time) + 'method'.padEnd(method) + 'path'.padEnd(service + path);
  return dim(`${' '.repeat(mark)}${call}${'code'.padEnd(status)}latency`);
}

function renderEvent(event, columns) {
  const { status_code: status, latency_ms: latencyMs, error } = event;
  const paint = paintOf(status);
  const bar = renderBar(latencyMs / columns.latencyMax, columns.bar);
  return [
    error === null ? ' '.repeat(columns.mark) : paint('×'.padEnd(columns.mark)),
    dim(event.event_time.slice(11, 23).padEnd(columns.time)),
    event.method.padEnd(columns.method),
    dim(event.custom_properties.service.padEnd(columns.service)),
    shorten(event, columns.path - 2).padEnd(columns.path),
    paint(String(status).padStart(3).padEnd(columns.status)),
    paint(bar.padEnd(columns.bar)),
    formatMs(latencyMs).padStart(columns.latency),
  ].join('');
}

function renderError({ status_code: status, error }, { mark, time, method }) {
  return ' '.repeat(mark + time + method) + paintOf(status)(`└ ${error}`);
}

/** Path and query in at most `max` characters: ids lose their end, then the query does, then the path its middle. */
function shorten({ path, query_params: query }, max) {
  const full = query ? `${path}?${query}` : path;
  const text = full.replace(/([0-9a-f]{8})-[0-9a-f-]{27}/g, '$1…');
  if (text.length <= max) return text;
  if (path.length < max) return `${text.slice(0, max - 1)}…`;
  const tail = Math.floor((max - 1) / 2);
  return `${path.slice(0, max - 1 - tail)}…${path.slice(-tail)}`;
}

/** A bar of `share` (0 to 1) of `max` characters, exact to an eighth of one and never empty. */
function renderBar(share, max) {
  const eighths = Math.max(1, Math.round(share * max * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + ' ▏▎▍▌▋▊▉'.charAt(eighths % 8).trim();
}

/** How many of what, the percentiles that Brain computed of each day, and the slowest call. */
export function renderTotals(events, percentiles, errorCounts) {
  const errors = errorCounts.reduce((sum, day) => sum + day.error_count, 0);
  const slowest = events.reduce((one, other) => (other.latency_ms > one.latency_ms ? other : one));
  return renderPairs([
    ['events', `${events.length}, of which ${errors} are errors`],
    ['status', renderClasses(events)],
    ...percentiles.map(({ date, p50, p95, p99 }) => [
      'latency',
      `p50 ${formatMs(p50)}   p95 ${formatMs(p95)}   p99 ${formatMs(p99)}   ${dim(`on ${date}`)}`,
    ]),
    ['slowest', `${formatMs(slowest.latency_ms)}   ${slowest.method} ${slowest.path}`],
  ]);
}

function renderClasses(events) {
  const counts = new Map();
  for (const { status_code: status } of events) {
    const hundreds = Math.floor(status / 100);
    counts.set(hundreds, (counts.get(hundreds) ?? 0) + 1);
  }
  const name = (hundreds) => (hundreds === 0 ? 'no answer' : `${hundreds}xx`);
  return [1, 2, 3, 4, 5, 0]
    .filter((hundreds) => counts.has(hundreds))
    .map((hundreds) => paintOf(hundreds * 100)(`${name(hundreds)} ${counts.get(hundreds)}`))
    .join('   ');
}

function formatMs(value) {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
