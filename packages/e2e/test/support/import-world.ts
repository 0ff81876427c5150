import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres } from '@otas/embedded';
import pg from 'pg';
import { type Answer, send } from './http';
import { type ImportResult, startImport } from './import-process';
import { addEvents, addTenant, type OriginalTenant } from './imported-tenant';
import { makeOriginal, type OriginalInstallation, type Row } from './original';
import { type Services, startServices } from './services';

export const originalSecret = 'the secret with which the original system signed its tokens';
const secretOfOurs = 'the secret with which we sign new tokens in this test';

/** How many events the tenant of the original installation has beside its rich one. */
export const eventCount = 2500;

type Headers = Record<string, string>;

/** An original installation with one tenant, and the services that it is imported into; nothing is imported yet. */
export interface ImportWorld {
  /** Removed by `stop`. */
  readonly dir: string;
  readonly original: OriginalInstallation;
  readonly services: Services;
  readonly tenant: OriginalTenant;
  /** An event of the tenant that has a value in every column. */
  readonly rich: Row;
  /** `npm run import`, to its end. */
  runImport(): Promise<ImportResult>;
  /** Rows of UASAM's database. */
  rowsHere(sql: string, values?: unknown[]): Promise<Row[]>;
  login(user: Row, password?: string): Promise<Answer>;
  verifyKey(key: string): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startImportWorld(): Promise<ImportWorld> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-original-'));
  const engine = await startPostgres({ dir });
  const original = await makeOriginal(engine.url);
  const secrets = `${secretOfOurs},${originalSecret}`;
  const services = await startServices({ SESSION_TOKEN_SECRETS: secrets, USER_TOKEN_SECRETS: secrets });
  const target = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
  await target.connect();
  const tenant = await addTenant(original);
  await addEvents(original, tenant, eventCount);
  const ask = (path: string, headers: Headers, body: object) =>
    send('POST', `${services.uasam.url}${path}`, headers, body);
  return {
    ...{ dir, original, services, tenant },
    rich: await addRichEvent(original, tenant),
    runImport: () => startImport('all', original.url, services.env).ended,
    rowsHere: async (sql, values = []) => (await target.query(sql, values)).rows,
    login: ({ email }, password = 'correct horse') => ask('/api/user/v1/login/', {}, { email, password }),
    verifyKey: (key) => ask('/api/agent/v1/auth/verify/', { 'X-OTAS-AGENT-KEY': key }, {}),
    stop: async () => {
      await target.end();
      await services.stop();
      await original.close();
      await engine.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Where the events of a tenant belong. */
export const placeOf = ({ projectId, agentId, sessionId }: OriginalTenant): Row => ({
  ...{ project_id: projectId, agent_id: agentId, agent_session_id: sessionId },
});

/** The headers of somebody who reads what a tenant has. */
export const readerOf = ({ projectId, agentId }: OriginalTenant, token: string): Headers => ({
  ...{ 'X-OTAS-USER-TOKEN': token, 'X-OTAS-PROJECT-ID': projectId, 'X-OTAS-AGENT-ID': agentId },
});

function addRichEvent(original: OriginalInstallation, tenant: OriginalTenant): Promise<Row> {
  return original.add('backend_event', {
    ...placeOf(tenant),
    ...{ request_headers: '{"Accept": "*/*", "Authorization": "Bearer abc"}', request_body: 'früh 🚀' },
    ...{ query_params: 'page=1', post_data: '{"a": 1}', response_headers: 'X-Kind: a', response_body: '[]' },
    ...{ request_content_type: 'application/json', response_content_type: 'text/plain', error: 'refused' },
    ...{ custom_properties: '{"big": 12345678901234567890}', metadata: '["text", null, {"deep": true}]' },
  });
}
