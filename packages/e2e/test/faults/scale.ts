const short = {
  eventsPerSecond: 150,
  brainKills: 3,
  clickhouseKills: 1,
  outage: { eventsPerSecond: 200, awayMs: 5000 },
  freezes: 1,
  /** An answer about a key is trusted for ten seconds. */
  authAwayMs: 10_000,
  quotas: 1,
  pairs: 1,
  pairKills: 1,
  stops: 1,
  storms: 1,
  revocations: 1,
};

const long: typeof short = {
  eventsPerSecond: 200,
  brainKills: 50,
  clickhouseKills: 15,
  outage: { eventsPerSecond: 500, awayMs: 120_000 },
  freezes: 10,
  authAwayMs: 30_000,
  quotas: 5,
  pairs: 15,
  pairKills: 15,
  stops: 20,
  storms: 15,
  revocations: 50,
};

/** How much the fault tests do: a minute of it, or, with `OTAS_FAULTS=long`, about a quarter of an hour. */
export const scale = process.env.OTAS_FAULTS === 'long' ? long : short;

/** What the moments of all faults are drawn from; one that failed is given as `OTAS_FAULTS_SEED` to draw them again. */
export const seed = Number(process.env.OTAS_FAULTS_SEED ?? Date.now() % 2 ** 31);

/** How long one test may take, in milliseconds. */
export const testTimeoutMs = process.env.OTAS_FAULTS === 'long' ? 15 * 60_000 : 60_000;
