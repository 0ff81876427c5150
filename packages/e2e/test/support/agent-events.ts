import { randomUUID } from 'node:crypto';
import { send } from './http';
import type { Services } from './services';
import type { Tenant } from './tenant';

/** An agent event for {@link addAgentEvents}; columns of its table, of which those that are left out have defaults. */
export interface AgentEventRow extends Record<string, unknown> {
  /** ISO 8601. */
  readonly time: string;
}

/** Puts agent events of the tenant's session into ClickHouse, and gives their ids. */
export async function addAgentEvents(
  services: Services,
  tenant: Pick<Tenant, 'projectId' | 'agentId' | 'sessionId'>,
  ...events: AgentEventRow[]
): Promise<string[]> {
  const rows = events.map(({ time, ...more }) => ({
    event_id: randomUUID(),
    event_time: (Date.parse(time) / 1000).toFixed(3),
    project_id: tenant.projectId,
    agent_id: tenant.agentId,
    agent_session_id: tenant.sessionId,
    type: 'thinking',
    fields: '{"content":"so be it"}',
    created_at: (Date.now() / 1000).toFixed(6),
    ...more,
  }));
  const query = encodeURIComponent('INSERT INTO agent_events FORMAT JSONEachRow');
  const url = `${services.env.CLICKHOUSE_URL}/?database=${services.env.CLICKHOUSE_DATABASE}&query=${query}`;
  const answer = await send('POST', url, {}, rows.map((row) => JSON.stringify(row)).join('\n'));
  if (answer.status !== 200) throw new Error(`ClickHouse answered ${answer.status}: ${answer.text}`);
  return rows.map((row) => row.event_id as string);
}
