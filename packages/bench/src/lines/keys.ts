import { alternate, type Bench, compare, type Line, type Side } from '../bench';
import { addAgentKeys } from '../support/agent-keys';
import { latencySide } from '../support/load-side';
import { serverName } from '../support/postgres';
import { requestBytes } from '../support/request';
import { makeTenant } from '../support/tenant';

const [fewKeys, manyKeys, usedKeysMax] = [10, 100_000, 1000];
/** The two sides differ by less than the machine does from second to second, so they take turns more often. */
const turnsPerRound = 5;

/** What it costs to verify a key, with few of them and with many. */
export const keys: Line = {
  name: 'keys',
  run: async (bench) => {
    const few = await verification(bench, fewKeys);
    const many = await verification(bench, manyKeys);
    const rounds = bench.rounds * turnsPerRound;
    const roundMs = bench.roundMs / turnsPerRound;
    const [theirs, ours] = await alternate({ ...bench, rounds, roundMs }, [few.side, many.side]);
    return [
      compare(theirs?.[0] ?? [], ours?.[0] ?? [], {
        line: 'keys',
        what: `an agent key verified, one at a time, ${manyKeys.toLocaleString('en')} in the table, p50 (${many.server})`,
        reference: `with ${fewKeys} in the table`,
        unit: 'ms',
        target: { is: 'at most', value: 1.1 },
      }),
    ];
  },
};

async function verification(
  { env, progress }: Bench,
  count: number,
): Promise<{ side: Side; server: string }> {
  progress(`making ${count.toLocaleString('en')} agent keys`);
  const database = `otas_bench_keys_${count}`;
  const { url } = await env.uasam(database);
  const { url: databaseUrl } = await env.postgres(database);
  const { agentId } = await makeTenant(url);
  // The agent has one already.
  const made = await addAgentKeys(databaseUrl, env.keyPepper, agentId, count - 1);
  const apart = Math.ceil(made.length / usedKeysMax);
  const used = made.filter((_, at) => at % apart === 0);
  const requests = used.map((key) =>
    requestBytes('POST', '/api/agent/v1/auth/verify/', { 'X-OTAS-AGENT-KEY': key }, null),
  );
  const plan = { port: Number(new URL(url).port), requests, connections: 1 };
  return {
    side: latencySide(await env.worker('load'), plan, 200),
    server: await serverName(databaseUrl),
  };
}
