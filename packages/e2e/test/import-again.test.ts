import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startStack } from '@otas/stack';
import jwt from 'jsonwebtoken';
import { emptyPostgresDir } from '../../../test/postgres-template';
import { send } from './support/http';
import { countsOf, startImport } from './support/import-process';
import {
  eventCount,
  type ImportWorld,
  originalSecret,
  placeOf,
  readerOf,
  startImportWorld,
} from './support/import-world';
import { addEvents, addTenant, newPrefix, type OriginalTenant } from './support/imported-tenant';
import { djangoHash, type OriginalInstallation, type Row } from './support/original';
import type { Services } from './support/services';

let world: ImportWorld;
let original: OriginalInstallation;
let services: Services;
let tenant: OriginalTenant;
beforeAll(async () => {
  world = await startImportWorld();
  ({ original, services, tenant } = world);
}, 120_000);
afterAll(() => world.stop());

describe('an installation that was imported', () => {
  beforeAll(async () => {
    expect((await world.runImport()).code).toBe(0);
  }, 120_000);

  test('is imported a second time without anything twice, and gets what is new since', async () => {
    // What they are verified by is kept in our form from now on.
    expect((await world.login(tenant.user)).status).toBe(200);
    expect((await world.verifyKey(tenant.agentKey)).status).toBe(200);
    const later = await addTenant(original);
    await addEvents(original, later, 10);
    const second = await world.runImport();
    expect(second.code).toBe(0);
    expect(countsOf(second, 'users').slice(0, 4)).toEqual([2, 1, 1, 0]);
    expect(countsOf(second, 'agent_key').slice(0, 4)).toEqual([2, 1, 1, 0]);
    expect(countsOf(second, 'backend_event').slice(0, 4)).toEqual([eventCount + 11, 10, eventCount + 1, 0]);
    expect((await world.login(tenant.user)).status).toBe(200);
    const { body } = await world.login(later.user);
    const account = await send(
      'GET',
      `${services.brain.url}/api/v1/project/capture/`,
      readerOf(later, body.response.jwt_token),
    );
    expect(account.body.response).toMatchObject({ accepted: 10, stored: 10, duplicate: 0 });
  }, 120_000);

  test('does not get back what was deleted since: an agent and a session, with their events', async () => {
    const [first, second] = [await addTenant(original), await addTenant(original)];
    for (const one of [first, second]) await addEvents(original, one, 3);
    expect((await world.runImport()).code).toBe(0);
    const remove = async ({ user, ...one }: OriginalTenant, gone: string): Promise<void> => {
      const { body } = await world.login(user);
      const reader = readerOf(one as OriginalTenant, body.response.jwt_token);
      const [path, given] = gone === 'agent' ? ['delete', 'agent_id'] : ['session/delete', 'session_id'];
      const sent = { [given as string]: gone === 'agent' ? one.agentId : one.sessionId };
      const answer = await send('POST', `${services.uasam.url}/api/agent/v1/${path}/`, reader, sent);
      expect([answer.status, answer.text]).toEqual([200, expect.anything()]);
    };
    await remove(first, 'agent');
    await remove(second, 'session');
    const gone = async (): Promise<Row[]> =>
      world.rowsHere(
        `SELECT 1 FROM agents WHERE id = $1 UNION ALL SELECT 1 FROM agent_sessions WHERE id = ANY($2)`,
        [first.agentId, [first.sessionId, second.sessionId]],
      );
    while ((await gone()).length > 0) await setTimeout(100);
    const again = await world.runImport();
    expect(again.code).toBe(0);
    expect(await gone()).toEqual([]);
    expect(again.output).toContain('left out: the agent was deleted in this installation');
    expect(again.output).toContain('left out: the session was deleted in this installation');
    expect(again.output).toContain('6 left out: its agent or session was deleted in this installation');
    await original.query('DELETE FROM backend_event WHERE project_id = ANY($1)', [
      [first.projectId, second.projectId],
    ]);
  }, 120_000);

  test('has a key work that never did: one whose prefix holds a _; and no expired or revoked one', async () => {
    const { agentId } = tenant;
    const prefixes = [`a_${newPrefix()}`, `_b${newPrefix()}_`, newPrefix(), newPrefix(), newPrefix()];
    const keys = prefixes.map((prefix) => `agent_${prefix}_se-cr_et${randomUUID()}`);
    // The third of its secret alone.
    const hashes = keys.map((key, at) =>
      djangoHash(at === 2 ? key.slice(`agent_${prefixes[2]}_`.length) : key),
    );
    const ends = [{}, {}, {}, { expires_at: '2026-05-16T00:00:00Z' }, { active: false }];
    for (const [at, prefix] of prefixes.entries()) {
      await original.add('agent_key', { agent_id: agentId, prefix, key_hash: hashes[at], ...ends[at] });
    }
    expect((await world.runImport()).code).toBe(0);
    const statuses = [];
    for (const key of [...keys, ...keys]) statuses.push((await world.verifyKey(key)).status);
    expect(statuses).toEqual([200, 200, 200, 401, 401, 200, 200, 200, 401, 401]);
  }, 120_000);

  test('lacks what does not fit, which is reported with its reason, counted, and no failure', async () => {
    const taken = await original.add('users', {});
    const at = '2026-01-01T00:00:00Z';
    await world.rowsHere(
      `INSERT INTO users (id, first_name, middle_name, last_name, email, password_hash, created_at, updated_at)
       VALUES ($1, 'Other', '', 'One', $2, '!', $3, $3)`,
      [randomUUID(), taken.email, at],
    );
    const orphan = await original.add('project', { created_by_id: taken.id });
    const hostile = await original.add('users', {
      password: djangoHash('x').replace('$1000$', '$999999999$'),
    });
    const inactive = await original.add('users', { is_active: false });
    const nobody = await original.add('users', { email: 'no e-mail' });
    const place = placeOf(tenant);
    const noMethod = await original.add('backend_event', { ...place, method: '' });
    const tooOld = await original.add('backend_event', { ...place, event_time: '1969-12-31T23:59:59Z' });
    const noAgent = await original.add('backend_event', { ...place, agent_id: null });
    const elsewhere = await original.add('backend_event', { ...place, project_id: orphan.id });

    const third = await world.runImport();
    expect(third.code).toBe(0);
    const reports = (row: Row, text: string): void => {
      const id = String(row.event_id ?? row.id);
      const lines = third.output.split('\n').filter((line) => line.includes(id));
      expect([text, lines]).toEqual([text, [expect.stringContaining(text)]]);
    };
    reports(taken, '1 left out: another user has its e-mail');
    reports(orphan, '1 left out: the user who created it is not there');
    reports(hostile, '1 imported: the password is kept in another form: cannot log in');
    reports(inactive, '1 imported: is not active: cannot log in');
    reports(nobody, '1 left out: its e-mail is none');
    reports(noMethod, '1 left out: method must be a string of 1 to 20 characters');
    reports(tooOld, '1 left out: event_time is before 1970 or after 2255');
    reports(noAgent, '1 left out: agent_id is no UUID');
    reports(elsewhere, '1 left out: its project is not there');
    expect(countsOf(third, 'users').slice(1, 4)).toEqual([2, 4, 2]);
    expect(countsOf(third, 'backend_event').slice(1, 4)).toEqual([0, eventCount + 11, 4]);
    expect(third.output).not.toContain(String(taken.email));

    const old = jwt.sign({ user_id: inactive.id, email: inactive.email }, originalSecret, {
      expiresIn: '9d',
    });
    const asked = await send(
      ...(['POST', `${services.uasam.url}/api/user/v1/authenticate/`] as const),
      { 'X-OTAS-USER-TOKEN': old },
      {},
    );
    expect(asked.status).toBe(401);
    expect((await world.login(inactive)).status).toBe(401);
    expect((await world.login(hostile, 'x')).status).toBe(401);
  }, 120_000);
});

test('without databases of one’s own it goes into what npm start keeps, and into none that is in use', async () => {
  const dataDir = path.join(world.dir, 'data');
  await emptyPostgresDir(path.join(dataDir, 'postgres'));
  const env = { OTAS_DATA_DIR: dataDir };
  const first = await startImport('all', original.url, env).ended;
  expect([first.code, countsOf(first, 'users')[1]]).toEqual([0, countsOf(first, 'users')[4]]);
  expect(countsOf(first, 'backend_event')[1]).toBeGreaterThan(eventCount);
  const ports = { HOST: '127.0.0.1', UASAM_PORT: '0', BRAIN_PORT: '0', LOG_LEVEL: 'error' };
  const stack = await startStack({ dataDir, env: { PATH: process.env.PATH ?? '', ...ports } });
  try {
    const body = { email: tenant.user.email, password: 'correct horse' };
    expect((await send('POST', `${stack.uasam.url}/api/user/v1/login/`, {}, body)).status).toBe(200);
    const second = await startImport('all', original.url, env).ended;
    expect([second.code, second.output]).toEqual([1, expect.stringContaining('is in use by process')]);
  } finally {
    await stack.stop();
  }
}, 180_000);
