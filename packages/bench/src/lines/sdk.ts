import { alternate, type Figure, type Line, type Side } from '../bench';
import type { SdkPlan, Way } from '../processes/sdk-agent';
import { spreadOf } from '../support/statistics';

const ways: readonly Way[] = ['fetch', 'node:http'];

/** What recording costs the program that is recorded, by turns with and without in one process. */
export const sdk: Line = {
  name: 'sdk',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, uasam, brain] = [await env.tenant(), await env.uasam(), await env.brain('otas_bench')];
    const server = await env.worker('bare-http');
    const agent = await env.worker('sdk-agent');
    const port = await server.call<number>('listen', { answer });
    const agentKey = tenant.agent['X-OTAS-AGENT-KEY'];
    const brainUrl = `http://127.0.0.1:${brain.port}`;
    await agent.call('begin', { agentKey, uasamUrl: uasam.url, brainUrl });
    const sides = ways.flatMap((way) =>
      [false, true].map(
        (isRecorded): Side => ({
          run: async (durationMs) => {
            const plan: SdkPlan = {
              way,
              url: `http://127.0.0.1:${port}/v1/items/?n=1`,
              isRecorded,
              durationMs,
            };
            return [await agent.call<number>('run', plan)];
          },
        }),
      ),
    );
    return figuresOf(await alternate(bench, sides));
  },
};

/** A page of a list, about 1 KB. */
const answer = {
  items: Array.from({ length: 20 }, (_, at) => ({ id: at, name: `bolt ${at}`, warehouse: 'north' })),
};

function figuresOf(measured: readonly number[][][]): Figure[] {
  return ways.map((way, at) => {
    const [plain = [], recorded = []] = [measured[2 * at]?.[0], measured[2 * at + 1]?.[0]];
    const added = spreadOf(recorded.map((micros, round) => micros - (plain[round] as number)));
    return {
      line: 'sdk',
      what: `CPU that recording adds to a call by ${way} (${Math.round(spreadOf(plain).median)} µs without)`,
      reference: null,
      unit: 'µs',
      theirs: null,
      ours: added,
      ratio: added,
      target: { is: 'at most', value: 100 },
    };
  });
}
