import { alternate, compare, type Line, type Side } from '../bench';
import type { SessionInsertPlan, SessionInsertResult } from '../processes/direct-postgres';
import { rateSide } from '../support/load-side';
import { serverName } from '../support/postgres';
import { requestBytes } from '../support/request';

const inFlight = 64;

/** Sessions created by an agent, beside the INSERT of their rows. */
export const sessions: Line = {
  name: 'sessions',
  run: async (bench) => {
    const { env } = bench;
    const [tenant, load] = [await env.tenant(), await env.worker('load')];
    const direct = await env.worker('direct-postgres');
    const { url: databaseUrl } = await env.postgres('otas_bench');
    const { agentId, agentKeyId } = tenant;
    const theirs: Side = {
      run: async (durationMs) => {
        const plan: SessionInsertPlan = { databaseUrl, agentId, agentKeyId, inFlight, durationMs };
        const { count, elapsedMs } = await direct.call<SessionInsertResult>('insertSessions', plan);
        return [count / (elapsedMs / 1000)];
      },
    };
    const key = { 'X-OTAS-AGENT-KEY': tenant.agent['X-OTAS-AGENT-KEY'] as string };
    const requests = [requestBytes('POST', '/api/agent/v1/session/create/', key, '{}')];
    const port = Number(new URL((await env.uasam()).url).port);
    const ours = rateSide(load, { port, requests, connections: inFlight }, 200);
    const [reference, measured] = await alternate(bench, [theirs, ours]);
    return [
      compare(reference?.[0] ?? [], measured?.[0] ?? [], {
        line: 'sessions',
        what: `sessions created per second, ${inFlight} in flight (${await serverName(databaseUrl)})`,
        reference: 'the same INSERT by the pg driver alone, as many in flight',
        unit: 'sessions/s',
        target: { is: 'at least', value: 0.6 },
      }),
    ];
  },
};
