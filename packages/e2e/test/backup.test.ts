import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Stack, startStack } from '@otas/stack';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { type Answer, send } from './support/http';
import { makeTenant, minimalEvent, type Tenant } from './support/tenant';
import { sessionPath } from './support/v2';

const root = path.join(__dirname, '..', '..', '..');
const env = {
  ...{ UASAM_PORT: '0', BRAIN_PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'error' },
  AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0',
};
let dir: string;
let stack: Stack | null = null;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'otas-backup-'));
  for (const name of ['first', 'second', 'third']) await emptyPostgresDir(path.join(inDir(name), 'postgres'));
});
afterAll(async () => {
  await stack?.stop();
  await rm(dir, { recursive: true, force: true });
});

const inDir = (name: string) => path.join(dir, name);

/** Runs the program behind `npm run NAME` on the databases of a data directory. */
async function run(name: string, args: string[], dataDir: string): Promise<{ code: number; said: string }> {
  const script = path.join(root, 'packages', 'stack', 'dist', 'bin', `${name}.js`);
  const childEnv = { PATH: process.env.PATH, OTAS_DATA_DIR: inDir(dataDir) };
  const child = spawn(process.execPath, [script, ...args], {
    env: childEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  return { code, said };
}

async function start(dataDir: string): Promise<Stack> {
  stack = await startStack({ dataDir: inDir(dataDir), env });
  while ((await fetch(`${stack.brain.url}/readyz`).catch(() => null))?.status !== 200) await sleep(50);
  return stack;
}

async function stop(): Promise<void> {
  await stack?.stop();
  stack = null;
}

/** Whatever a tenant can read, but for the times at which it is read. */
async function readAll({ uasam, brain }: Stack, tenant: Tenant): Promise<Answer['body'][]> {
  const admin = tenant.reader;
  const day = new Date().toISOString().slice(0, 10);
  const days = `?start_date=${day}&end_date=${day}`;
  const v2 = { 'x-api-key': tenant.sdkKey };
  const reads: [string, Record<string, string>][] = [
    [`${uasam.url}/api/project/v1/list/`, admin],
    [`${uasam.url}/api/project/v1/members/list/`, admin],
    [`${uasam.url}/api/project/v1/sdk/backend/key/list/`, admin],
    [`${uasam.url}/api/agent/v1/list/?include_inactive=1`, admin],
    [`${uasam.url}/api/agent/v1/agents/key/list/?agent_id=${tenant.agentId}`, admin],
    [`${uasam.url}/api/agent/v1/sessions/list/?agent_id=${tenant.agentId}`, admin],
    [`${uasam.url}/api/project/v1/audit/`, admin],
    [`${uasam.url}/api/project/v1/audit/verify/`, admin],
    [`${brain.url}/api/v1/agent/session/events/?session_id=${tenant.sessionId}`, admin],
    [`${brain.url}/api/v1/agent/path-timeseries/${days}`, admin],
    [`${brain.url}/api/v1/agent/latency-percentiles/${days}`, admin],
    [`${brain.url}/api/v1/agent/error-count/${days}`, admin],
    [`${brain.url}/api/v1/agent/session/timeline/?session_id=${tenant.sessionId}`, admin],
    [`${brain.url}/v2/agents`, v2],
    [`${brain.url}/v2/agents${sessionPath(tenant)}`, v2],
    [`${brain.url}/v2/agents${sessionPath(tenant)}/events`, v2],
    [`${brain.url}/api/v1/project/capture/`, admin],
  ];
  const answers: Answer['body'][] = [];
  for (const [url, headers] of reads) {
    const { status, body } = await send('GET', url, headers);
    expect([new URL(url).pathname, status]).toEqual([new URL(url).pathname, 200]);
    // The use of a key for these reads is noted.
    answers.push(
      JSON.parse(JSON.stringify(body).replace(/"last_used_at":("[^"]*"|null)/g, '"last_used_at":null')),
    );
  }
  return answers;
}

async function fill({ brain, uasam }: Stack, tenant: Tenant): Promise<void> {
  const bodies = ['{"a":1e400}', 'é\u0000\n"', '\t', 'x'.repeat(30_000), null];
  for (const body of bodies) {
    const event = { ...minimalEvent(tenant), request_body: body, response_headers: { a: 'b' } };
    const url = `${brain.url}/api/v1/backend/log/agent/`;
    expect((await send('POST', url, tenant.agent, event)).status).toBe(201);
  }
  const url = `${brain.url}/v2/agents${sessionPath(tenant)}/events`;
  const ids: string[] = [];
  for (const content of ['one', 'two', 'three']) {
    const answer = await send('POST', url, tenant.agent, { type: 'thinking', content });
    expect(answer.status).toBe(201);
    ids.push(answer.body.events?.[0]?.id ?? answer.body.id);
  }
  // One that is deleted and one that is hidden must be so afterwards.
  const admin = { 'x-api-key': tenant.userToken };
  expect((await send('DELETE', `${url}/${ids[0]}`, admin)).status).toBe(204);
  expect((await send('POST', `${url}/${ids[1]}/hide`, admin)).status).toBe(200);
  const meta = { digits: 'é', text: 'a\nb', nested: [null, 1.5] };
  const session = `${uasam.url}/api/agent/v1/session/create/`;
  expect((await send('POST', session, tenant.agent, { meta, session_ref: 'ase_mine' })).status).toBe(200);
}

test('what is restored into an empty stack reads the same, its keys and tokens work, and its audit log is intact', async () => {
  const first = await start('first');
  const tenants = [await makeTenant(first), await makeTenant(first)];
  for (const tenant of tenants) await fill(first, tenant);
  const before = await Promise.all(tenants.map((tenant) => readAll(first, tenant)));
  const backup = await run('backup', ['--to', inDir('backup')], 'first');
  expect([backup.code, backup.said]).toEqual([0, expect.stringContaining('"waiting_events":0')]);
  await stop();

  const restored = await run('restore', ['--from', inDir('backup')], 'second');
  expect([restored.code, restored.said]).toEqual([0, expect.stringContaining('the audit log is intact')]);
  await cp(inDir('first/secrets.json'), inDir('second/secrets.json'));
  const second = await start('second');
  expect(await Promise.all(tenants.map((tenant) => readAll(second, tenant)))).toEqual(before);
  const [tenant] = tenants as [Tenant];
  const url = `${second.brain.url}/api/v1/backend/log/agent/`;
  expect((await send('POST', url, tenant.agent, minimalEvent(tenant))).status).toBe(201);

  const running = await run('restore', ['--from', inDir('backup')], 'second');
  expect([running.code, running.said]).toEqual([1, expect.stringContaining('stop it first')]);
  await stop();
  const again = await run('restore', ['--from', inDir('backup')], 'second');
  expect([again.code, again.said]).toEqual([1, expect.stringContaining('the database is not empty')]);
}, 240_000);

test('a backup that is not whole, or not as it was written, is refused before anything is changed', async () => {
  const faults: [string, (dir: string) => Promise<void>, string][] = [
    ['cut', (at) => truncate(path.join(at, 'clickhouse', 'backend_events.gz'), 40), 'checksum'],
    ['longer', (at) => appendFile(path.join(at, 'clickhouse', 'agent_events.gz'), 'x'), 'checksum'],
    ['half', (at) => truncate(path.join(at, 'postgres', 'agents.gz'), 40), 'checksum'],
    ['unfinished', (at) => rm(path.join(at, 'clickhouse', 'manifest.json')), 'no whole backup'],
    [
      'other',
      async (at) => {
        const file = path.join(at, 'clickhouse', 'manifest.json');
        const manifest = JSON.parse(await readFile(file, 'utf8'));
        await writeFile(file, JSON.stringify({ ...manifest, migrations: ['0001_of_tomorrow.sql'] }));
      },
      'of another version',
    ],
  ];
  for (const [name, damage, words] of faults) {
    await cp(inDir('backup'), inDir(name), { recursive: true });
    await damage(inDir(name));
    const { code, said } = await run('restore', ['--from', inDir(name)], 'third');
    expect([name, code, said]).toEqual([name, 1, expect.stringContaining(words)]);
  }
  const { code } = await run('restore', ['--from', inDir('backup')], 'third');
  expect(code).toBe(0);
}, 240_000);

test('a backup goes into an empty directory alone', async () => {
  const { code, said } = await run('backup', ['--to', inDir('backup')], 'third');
  expect([code, said]).toEqual([1, expect.stringContaining('is not empty')]);
  expect((await run('backup', [], 'third')).code).toBe(1);
});
