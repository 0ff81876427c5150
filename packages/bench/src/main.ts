import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Bench, Figure, Line } from './bench';
import { agentPages } from './lines/agent-pages';
import { batches } from './lines/batches';
import { exportEvents } from './lines/export';
import { fullTable } from './lines/full-table';
import { idleLatency } from './lines/idle-latency';
import { keys } from './lines/keys';
import { memory } from './lines/memory';
import { oneEvent } from './lines/one-event';
import { percentiles, sessionRead } from './lines/reads';
import { sdk } from './lines/sdk';
import { sessions } from './lines/sessions';
import { toJson, toTable } from './report';
import { Environment } from './support/environment';

const lines: readonly Line[] = [
  oneEvent,
  batches,
  idleLatency,
  sessionRead,
  percentiles,
  agentPages,
  fullTable,
  memory,
  keys,
  sessions,
  exportEvents,
  sdk,
];

const usage = `npm run bench -- [--only NAME] [--quick] [--long] [--json FILE]
  --only NAME   one line: ${lines.map((line) => line.name).join(', ')}
  --quick       fewer and shorter rounds, smaller tables
  --long        five minutes of full load in the memory line
  --json FILE   where the figures go as JSON; without it they are printed last
OTAS_BENCH_REAL_POSTGRES=1 runs UASAM on a Postgres server (on Debian as root it is installed) instead of the embedded one`;

const sizes = {
  normal: { rounds: 5, roundMs: 2000, warmUpMs: 1000, storedEvents: 10_000_000, waitingEvents: 1_000_000 },
  quick: { rounds: 3, roundMs: 1000, warmUpMs: 1000, storedEvents: 1_000_000, waitingEvents: 100_000 },
};

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const chosen = lines.filter((line) => values.only === undefined || line.name === values.only);
  if (values.help || chosen.length === 0) {
    console.log(usage);
    process.exit(values.help ? 0 : 1);
  }
  const startedMs = performance.now();
  const env = await Environment.create();
  stopOnSignal(env);
  const fullLoadMs = values.long ? 300_000 : values.quick ? 10_000 : 60_000;
  const bench: Bench = { env, ...sizes[values.quick ? 'quick' : 'normal'], fullLoadMs, progress };
  try {
    const figures = await runAll(chosen, bench);
    const durationMs = Math.round(performance.now() - startedMs);
    const json = toJson(figures, { durationMs, isQuick: values.quick });
    console.log(`\n${toTable(figures)}\n\n${Math.round(durationMs / 1000)} s in all`);
    if (values.json === undefined) console.log(json);
    else await writeFile(values.json, `${json}\n`);
  } finally {
    await env.stop();
  }
}

async function runAll(chosen: readonly Line[], bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const line of chosen) {
    progress(line.name);
    const found = await line.run(bench);
    for (const { what, ratio } of found) progress(`  ${what}: ${ratio.median.toFixed(2)}`);
    figures.push(...found);
  }
  return figures;
}

/** The parts that run end with this process; the directory does not. */
function stopOnSignal(env: Environment): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void env.stop().then(() => process.exit(130)));
  }
}

function progress(text: string): void {
  console.error(`bench ${Math.round(performance.now() / 1000)} s: ${text}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
