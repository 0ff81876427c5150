import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { envOf, otas } from '../support/otas';
import { startRelay } from '../support/relay';
import { type Json, makePerson, type Person, type World } from '../support/world';

const stepClock = path.join(__dirname, '..', 'support', 'step-clock.cjs');

export function doctorSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  beforeAll(async () => {
    person = await makePerson(world());
    env = { ...envOf(world(), person), OTAS_AGENT_KEY: person.agentKey };
  });

  interface Diagnosis {
    readonly code: number | null;
    readonly failed: readonly string[];
    readonly checks: readonly Json[];
  }
  /** Runs it; `failed` has a line for each check that failed, as people read it. */
  const diagnose = async (more: Record<string, string> = {}, ...args: string[]): Promise<Diagnosis> => {
    const { code, stdout, stderr } = await otas(['doctor', ...args], { env: { ...env, ...more } });
    const { ok, checks } = JSON.parse(stdout);
    for (const secret of [person.userToken, person.agentKey]) expect(stdout + stderr).not.toContain(secret);
    expect([ok, code]).toEqual(ok ? [true, 0] : [false, 1]);
    const bad = checks.filter(({ result }: Json) => result === 'failed');
    return { code, checks, failed: bad.map((one: Json) => `${one.name}: ${one.detail}: ${one.advice}`) };
  };
  const resultsOf = ({ checks }: Diagnosis) =>
    Object.fromEntries(checks.map(({ name, result }) => [name, result]));

  test('a setup that works passes every check that can be made, one a line, and the event is really there', async () => {
    const { code, stdout, stderr } = await otas(['doctor', '--human'], { env });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').slice(0, -1);
    expect(lines.map((line) => line.slice(0, 18).trim())).toEqual([
      ...['✓ settings', '✓ UASAM answers', '✓ UASAM is ready', '✓ Brain answers', '✓ Brain is ready'],
      ...[
        '✓ versions',
        '✓ clock',
        '✓ login',
        '✓ project',
        '✓ agent key',
        '✓ session',
        '✓ event logged',
        '✓ event read',
      ],
      '✓ latency',
    ]);
    expect(lines.at(-1)).toMatch(/logged in [\d.]+ m?s, read in [\d.]+ m?s/);
    const session = /✓ session +([0-9a-f-]{36})/.exec(stdout)?.[1] as string;
    const { stdout: shown } = await otas(['session', 'show', session], { env });
    expect(JSON.parse(shown)).toMatchObject({
      session: { status: 'ended' },
      events: [{ path: '/otas/doctor' }],
    });
  });

  test('without a key the agent is left out, or made and deleted again', async () => {
    const without = await diagnose({ OTAS_AGENT_KEY: '' });
    expect(without.failed).toEqual([]);
    expect(resultsOf(without)).toMatchObject({ project: 'ok', 'agent key': 'skipped', latency: 'skipped' });
    const made = await diagnose({ OTAS_AGENT_KEY: '' }, '--temporary-agent');
    expect([made.failed, resultsOf(made).latency]).toEqual([[], 'ok']);
    const { agents } = JSON.parse((await otas(['agents', 'list', '--all'], { env })).stdout);
    expect(agents).toMatchObject([{ id: person.agentId }]);
  });

  test.each([
    [
      'OTAS_UASAM_URL',
      'UASAM answers: UASAM does not answer at http://127.0.0.1:2: nothing listens there: start it (npm start), or set OTAS_UASAM_URL',
    ],
    [
      'OTAS_BRAIN_URL',
      'Brain answers: Brain does not answer at http://127.0.0.1:2: nothing listens there: start it (npm start), or set OTAS_BRAIN_URL',
    ],
  ])('a wrong port in %s is found, and what needs it is not tried', async (name, line) => {
    const found = await diagnose({ [name]: 'http://127.0.0.1:2' });
    expect(found.failed).toEqual([line]);
    expect(resultsOf(found)).toMatchObject({ settings: 'ok', 'event read': 'skipped', latency: 'skipped' });
  });

  test('addresses that are swapped, and another server than OTAS, are found', async () => {
    const swapped = await diagnose({ OTAS_UASAM_URL: world().brain.url, OTAS_BRAIN_URL: world().uasam.url });
    expect(swapped.failed).toEqual([
      expect.stringMatching(
        /^UASAM is ready: Brain answers at .*: OTAS_UASAM_URL and OTAS_BRAIN_URL are swapped$/,
      ),
      expect.stringMatching(/^Brain is ready: UASAM answers at .*swapped$/),
    ]);
    const server = createServer((_req, res) => res.end('<html>It works!</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = await diagnose({ OTAS_BRAIN_URL: url });
    server.close();
    expect(other.failed).toEqual([
      `Brain answers: something else than Brain answers at ${url} (HTTP 200): set OTAS_BRAIN_URL to the address of Brain`,
    ]);
  });

  test('services of different versions are found', async () => {
    const relay = await startRelay(world().brain.url, [], {
      '/openapi.json': { info: { version: '9.1.0' } },
    });
    const { failed } = await diagnose({ OTAS_BRAIN_URL: relay.url });
    await relay.stop();
    expect(failed).toEqual([
      expect.stringMatching(/^versions: not of one version: UASAM 0.*, Brain 9\.1\.0, otas 0/),
    ]);
  });

  test('ClickHouse that is down is found: Brain takes events, and no read has them; and so is a Brain that was stopped', async () => {
    const brain = await world().startBrain({ CLICKHOUSE_URL: 'http://127.0.0.1:2' });
    const found = await diagnose({ OTAS_BRAIN_URL: brain.url });
    expect(found.failed).toEqual([
      'Brain is ready: Brain does not reach clickhouse: start ClickHouse, or mend CLICKHOUSE_URL of Brain',
    ]);
    expect(resultsOf(found)).toMatchObject({ 'event logged': 'ok', 'event read': 'skipped' });
    await brain.kill();
    const { failed } = await diagnose({ OTAS_BRAIN_URL: brain.url });
    expect(failed).toEqual([expect.stringContaining(`Brain does not answer at ${brain.url}`)]);
  });

  test('a Brain with other secrets than UASAM, and one that does not reach UASAM, are found', async () => {
    const secret = 'another secret that is long enough';
    const [other, alone] = await Promise.all([
      world().startBrain({ SESSION_TOKEN_SECRETS: secret }),
      world().startBrain({ UASAM_URL: 'http://127.0.0.1:2' }),
    ]);
    const [ofOther, ofAlone] = [
      await diagnose({ OTAS_BRAIN_URL: other.url }),
      await diagnose({ OTAS_BRAIN_URL: alone.url }),
    ];
    expect(ofOther.failed).toEqual([
      expect.stringMatching(/^event logged: .*or has other SESSION_TOKEN_SECRETS/),
    ]);
    expect(ofAlone.failed).toEqual([
      expect.stringMatching(/^event logged: .*Brain does not reach UASAM: mend its/),
    ]);
    await Promise.all([other.kill(), alone.kill()]);
  });

  test('a wrong token, a wrong project, a wrong key and a key of another project are found and told apart', async () => {
    const other = await makePerson(world());
    const [prefix] = person.agentKey.split(/_(?=[^_]*$)/);
    const found = await Promise.all([
      diagnose({ OTAS_USER_TOKEN: 'none' }),
      diagnose({ OTAS_USER_TOKEN: '' }),
      diagnose({ OTAS_PROJECT_ID: other.projectId }),
      diagnose({ OTAS_AGENT_KEY: `${prefix}_wrong` }),
      diagnose({ OTAS_AGENT_KEY: other.agentKey }),
    ]);
    expect(found.map(({ failed }) => failed)).toEqual([
      [expect.stringMatching(/^login: UASAM refused: .*run otas login/)],
      [expect.stringMatching(/^login: nobody is logged in/)],
      [expect.stringMatching(/^project: the user is no member of .*: choose another with otas projects use/)],
      [expect.stringMatching(/^agent key: the key is wrong, revoked or expired/)],
      [expect.stringContaining(`agent key: the key is of an agent of another project (${other.projectId})`)],
    ]);
  });

  test.each([
    [3_600_000, '1h 0m ahead of'],
    [-120_000, '2m 0s behind'],
  ])('a clock that is off by %d ms is found', async (ms, text) => {
    const file = path.join(world().dir, `clock${ms}`);
    await writeFile(file, String(ms));
    const { failed } = await diagnose({ NODE_OPTIONS: `--require ${stepClock}`, TEST_CLOCK_FILE: file });
    expect(failed).toEqual([expect.stringMatching(/^clock: this machine is .*NTP/)]);
    // Slow machines may be a second off.
    expect(failed[0]).toMatch(new RegExp(text.replace(/\d+s/, '(1m 5|2m )\\ds').replace('2m (1m', '(1m')));
  });
}
