import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSecrets, type ServiceProcess, startService } from '@otas/stack';

/** UASAM and Brain as processes, with the databases of the test run. */
export interface World {
  readonly uasam: ServiceProcess;
  readonly brain: ServiceProcess;
  /** A directory for files of the tests. */
  readonly dir: string;
  /** One more Brain beside it, with an event log of its own. */
  startBrain(more?: Record<string, string>): Promise<ServiceProcess>;
  stop(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const dir = await mkdtemp(path.join(tmpdir(), 'otas-cli-'));
  const env: Record<string, string> = {
    ...makeSecrets(),
    PATH: process.env.PATH ?? '',
    DATABASE_URL: process.env.TEST_DATABASE_URL ?? '',
    CLICKHOUSE_URL: process.env.TEST_CLICKHOUSE_URL ?? '',
    CLICKHOUSE_DATABASE: 'otas_cli',
    UASAM_PORT: '0',
    BRAIN_PORT: '0',
    LOG_LEVEL: 'silent',
    AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0',
  };
  const host = '127.0.0.1';
  const uasam = await startService({ name: 'uasam', host, env });
  const brains: ServiceProcess[] = [];
  const startBrain = async (more: Record<string, string> = {}): Promise<ServiceProcess> => {
    const own = { UASAM_URL: uasam.url, EVENT_LOG_DIR: path.join(dir, `log-${brains.length}`) };
    const brain = await startService({ name: 'brain', host, env: { ...env, ...own, ...more } });
    brains.push(brain);
    return brain;
  };
  const brain = await startBrain();
  const stop = async (): Promise<void> => {
    await Promise.all(brains.map((one) => one.kill()));
    await uasam.kill();
    await rm(dir, { recursive: true, force: true });
  };
  return { uasam, brain, dir, startBrain, stop };
}

/** A user with a project, an agent and a session of it. */
export interface Person {
  readonly email: string;
  readonly password: string;
  readonly userToken: string;
  readonly projectId: string;
  readonly agentId: string;
  readonly agentKey: string;
  readonly session: Session;
  /** Headers of the user as a reader of the agent. */
  readonly reader: Record<string, string>;
}

export interface Session {
  readonly id: string;
  readonly token: string;
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the service sent; the tests say what it must be.
export type Json = any;

/** @throws Error when the answer is no success */
export async function call(method: string, url: string, headers: object, body?: unknown): Promise<Json> {
  const init = { method, headers: { ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) };
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

export async function makePerson(world: World, agentName = 'scout'): Promise<Person> {
  const ask = (route: string, headers: object, body: object) =>
    call('POST', world.uasam.url + route, headers, body);
  const [email, password] = [`${randomUUID()}@example.com`, `secret of ${randomUUID()}`];
  const person = { first_name: 'Ada', last_name: 'Test', email, password };
  const userToken = (await ask('/api/user/v1/create/', {}, person)).response_body.jwt_token;
  const user = { 'X-OTAS-USER-TOKEN': userToken };
  const made = await ask('/api/project/v1/create/', user, { project_name: 'First' });
  const projectId = made.response_body.project.id;
  const admin = { ...user, 'X-OTAS-PROJECT-ID': projectId };
  const newAgent = { agent_name: agentName, agent_provider: 'test' };
  const { agent, agent_key: key } = (await ask('/api/agent/v1/create/', admin, newAgent)).response;
  const session = await beginSession(world, key.api_key);
  const reader = { ...admin, 'X-OTAS-AGENT-ID': agent.id };
  const ids = { projectId, agentId: agent.id, agentKey: key.api_key };
  return { email, password, userToken, ...ids, session, reader };
}

export async function beginSession(world: World, agentKey: string, meta: object = {}): Promise<Session> {
  const url = `${world.uasam.url}/api/agent/v1/session/create/`;
  const { response } = await call('POST', url, { 'X-OTAS-AGENT-KEY': agentKey }, { meta });
  return { id: response.agent_session_id, token: response.jwt_token };
}

/** Logs calls of the person's agent; gives their ids. */
export async function logCalls(
  { brain }: { readonly brain: { readonly url: string } },
  person: Person,
  events: readonly object[],
  session = person.session,
): Promise<string[]> {
  const least = {
    project_id: person.projectId,
    path: '/a',
    method: 'GET',
    status_code: 200,
    latency_ms: 1.5,
  };
  const whole = events.map((event) => ({ ...least, event_id: randomUUID(), ...event }));
  for (let at = 0; at < whole.length; at += 1000) {
    const url = `${brain.url}/api/v1/backend/log/agent/batch/`;
    const answer = await call('POST', url, headersOf(person, session), {
      events: whole.slice(at, at + 1000),
    });
    if (!answer.response.visible) throw new Error('ClickHouse did not take them in time');
  }
  return whole.map(({ event_id }) => event_id);
}

/** Records steps of the person's agent. */
export async function logSteps(world: World, person: Person, events: readonly object[]): Promise<void> {
  const url = `${world.brain.url}/v2/agents/agt_${person.agentId}/sessions/ase_${person.session.id}/events`;
  await call('POST', url, headersOf(person, person.session), { events });
}

function headersOf(person: Person, { token }: Session): Record<string, string> {
  return { 'X-OTAS-AGENT-KEY': person.agentKey, 'X-OTAS-AGENT-SESSION-TOKEN': token };
}

/** The whole timeline of the person's session, as Brain gives it. */
export async function readTimeline(world: World, person: Person, session = person.session): Promise<Json[]> {
  const events: Json[] = [];
  let cursor = '';
  do {
    const url = `${world.brain.url}/api/v1/agent/session/timeline/?session_id=${session.id}&limit=500${cursor}`;
    const page = await call('GET', url, person.reader);
    events.push(...page.events);
    cursor = page.next_cursor === undefined ? '' : `&cursor=${page.next_cursor}`;
  } while (cursor !== '');
  return events;
}
