import { randomBytes } from 'node:crypto';
import { djangoHash, type OriginalInstallation, type Row } from './original';

/** What a test knows of a project in the original system. */
export interface OriginalTenant {
  readonly user: Row;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKey: string;
  readonly agentKeyId: string;
  readonly sdkKey: string;
  readonly sessionId: string;
}

export const newPrefix = (): string => randomBytes(5).toString('hex');

/** An Admin with a project, an SDK key, an agent, its key and a session of it. */
export async function addTenant(original: OriginalInstallation): Promise<OriginalTenant> {
  const user = await original.add('users', {});
  const project = await original.add('project', { created_by_id: user.id });
  const ofProject = { project_id: project.id };
  await original.add('user_project_mapping', { user_id: user.id, ...ofProject });
  const [sdkPrefix, agentPrefix] = [newPrefix(), newPrefix()];
  const sdkKey = `otas_${sdkPrefix}_Secret-with_both`;
  await original.add('backend_api_keys', { ...ofProject, prefix: sdkPrefix, key_hash: djangoHash(sdkKey) });
  const agent = await original.add('agent', { ...ofProject, created_by_id: user.id });
  const agentKey = `agent_${agentPrefix}_${randomBytes(16).toString('hex')}`;
  const { id: agentKeyId } = await original.add('agent_key', {
    ...{ agent_id: agent.id, prefix: agentPrefix, key_hash: djangoHash(agentKey) },
  });
  const session = await original.add('agent_session', { agent_id: agent.id, agent_key_id: agentKeyId });
  return {
    ...{ user, agentKey, sdkKey },
    projectId: String(project.id),
    agentId: String(agent.id),
    agentKeyId: String(agentKeyId),
    sessionId: String(session.id),
  };
}

/** Events of a tenant's session, one a second; made by Postgres. */
export async function addEvents(
  { query }: OriginalInstallation,
  { projectId, agentId, sessionId }: OriginalTenant,
  count: number,
): Promise<void> {
  await query(
    `INSERT INTO backend_event (event_id, event_time, project_id, agent_id, agent_session_id, path, method, status_code,
       latency_ms, request_size_bytes, response_size_bytes, response_body, custom_properties, created_at)
     SELECT gen_random_uuid(), at, $1, $2, $3, '/v1/items/' || n, 'GET', 200 + n % 5, n / 7.0, n, 2 * n,
            repeat('x', n % 500), jsonb_build_object('n', n), at + interval '20 milliseconds'
       FROM (SELECT n, timestamptz '2024-03-01T00:00:00.000001Z' + n * interval '1 second' AS at
               FROM generate_series(1, $4::int) AS n) AS numbered`,
    [projectId, agentId, sessionId, count],
  );
}
