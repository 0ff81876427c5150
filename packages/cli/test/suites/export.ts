import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { envOf, otas, startOtas } from '../support/otas';
import { type Disturbance, type Relay, startRelay } from '../support/relay';
import { logCalls, logSteps, makePerson, type Person, type World } from '../support/world';

export function exportSuite(world: () => World): void {
  let person: Person;
  let env: Record<string, string>;
  let dir: string;
  const relays: Relay[] = [];
  beforeAll(async () => {
    person = await makePerson(world());
    env = envOf(world(), person);
    dir = path.join(world().dir, 'exports');
    await mkdir(dir);
    // Bodies that look like the ends of records, and some that are long.
    const cursor = `${person.session.id}_1_${person.session.id}`;
    const bodies = [`x","${cursor}"\n`, `{"cursor":"${cursor}"}\n`, 'é\r\n"', 'x'.repeat(30_000)];
    const calls = Array.from({ length: 200 }, (_, at) => ({ request_body: bodies[at % 4], path: `/${at}` }));
    await logCalls(world(), person, calls);
    await logSteps(world(), person, [{ type: 'thinking', content: 'hmm' }]);
  });
  afterEach(async () => {
    for (const relay of relays.splice(0)) await relay.stop();
  });

  /** What the API itself answers. */
  const fromApi = async (query: Record<string, string>): Promise<Buffer> => {
    const url = `${world().brain.url}/api/v1/export/?${new URLSearchParams(query)}`;
    return Buffer.from(await (await fetch(url, { headers: person.reader })).arrayBuffer());
  };
  /** The environment with a Brain of which the exports are disturbed. */
  const disturbed = async (...disturbances: Disturbance[]): Promise<Record<string, string>> => {
    const relay = await startRelay(world().brain.url, disturbances);
    relays.push(relay);
    return { ...env, OTAS_BRAIN_URL: relay.url };
  };

  test.each(['ndjson', 'csv'])(
    '%s on standard output is byte for byte what the API answers',
    async (format) => {
      const { code, stdout, stderr } = await otas(['export', '--format', format], { env });
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toBe((await fromApi({ format })).toString());
    },
  );

  test('a file has its name once it is whole, is for its owner alone, and is not overwritten unasked', async () => {
    const file = path.join(dir, 'steps.csv');
    const args = [
      'export',
      '-o',
      file,
      '--format',
      'csv',
      '--kind',
      'agent_event',
      '--session',
      person.session.id,
    ];
    const { code, stdout } = await otas(args, { env });
    expect([code, JSON.parse(stdout)]).toEqual([0, { file, events: 1 }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const query = { format: 'csv', kind: 'agent_event', session_id: person.session.id };
    expect(await readFile(file)).toEqual(await fromApi(query));
    await expect(stat(`${file}.part`)).rejects.toThrow('ENOENT');
    const again = await otas(args, { env });
    expect([again.code, again.stdout, again.stderr]).toEqual([
      2,
      '',
      `otas: ${file} is there already: --overwrite replaces it\n`,
    ]);
    expect((await otas([...args, '--overwrite'], { env })).code).toBe(0);
    const empty = path.join(dir, 'empty.csv');
    const none = ['export', '-o', empty, '--format', 'csv', '--until', '2001-01-01T00:00:00Z'];
    expect((await otas(none, { env })).stdout).toBe(`{"file":${JSON.stringify(empty)},"events":0}\n`);
    expect((await readFile(empty, 'utf8')).split('\n')).toHaveLength(2);
  });

  test('Parquet comes whole in a file, and cannot be gone on with', async () => {
    const file = path.join(dir, 'all.parquet');
    expect((await otas(['export', '--format', 'parquet', '-o', file], { env })).code).toBe(0);
    const bytes = await readFile(file);
    expect([bytes.subarray(0, 4), bytes.subarray(-4)].map(String)).toEqual(['PAR1', 'PAR1']);
    expect(bytes.length).toBe((await fromApi({ format: 'parquet' })).length);
    const cutEnv = await disturbed({ afterBytes: 500, how: 'cut' });
    const cut = await otas(['export', '--format', 'parquet', '-o', `${file}2`], { env: cutEnv });
    expect([cut.code, cut.stderr]).toEqual([5, expect.stringContaining('Parquet begins anew')]);
    const resumed = await otas(['export', '--format', 'parquet', '-o', file, '--resume'], { env });
    expect(resumed.code).toBe(2);
  });

  test.each([
    ['ndjson', 'cut'],
    ['ndjson', 'export_interrupted'],
    ['csv', 'cut'],
  ] as const)(
    '%s that is interrupted (%s) several times goes on by itself, and is what the API answers',
    async (format, how) => {
      const whole = await fromApi({ format });
      const at = [whole.length / 3, 1000, whole.length / 4].map(Math.floor);
      const cutEnv = await disturbed(...at.map((afterBytes) => ({ afterBytes, how })));
      const { code, stdout, stderr } = await otas(['export', '--format', format], { env: cutEnv });
      expect(code).toBe(0);
      expect(stderr.match(/going on behind what came/g)).toHaveLength(3);
      expect(stdout).toBe(whole.toString());
      expect(relays[0]?.asked.filter((one) => one.includes('cursor='))).toHaveLength(3);
    },
  );

  test.each(['ndjson', 'csv'])(
    '%s that was ended by Ctrl-C, within a record, is resumed and then whole',
    async (format) => {
      const file = path.join(dir, `resumed.${format}`);
      const whole = await fromApi({ format });
      const args = ['export', '--format', format, '-o', file];
      const stalled = await disturbed({ afterBytes: Math.floor(whole.length / 2), how: 'stall' });
      const running = startOtas(args, { env: stalled });
      const sizeOfPart = () =>
        stat(`${file}.part`).then(
          ({ size }) => size,
          () => 0,
        );
      while ((await sizeOfPart()) < whole.length / 3) await new Promise((resolve) => setTimeout(resolve, 20));
      running.child.kill('SIGINT');
      expect((await running.ended).code).toBe(130);
      await expect(stat(file)).rejects.toThrow('ENOENT');
      // As a machine that lost power may leave it.
      await truncate(`${file}.part`, (await sizeOfPart()) - 7);
      const unasked = await otas(args, { env });
      expect([unasked.code, unasked.stderr]).toEqual([
        2,
        expect.stringContaining('--resume goes on with it'),
      ]);
      const other = await otas([...args, '--resume', '--kind', 'agent_event'], { env });
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('of another agent or kind')]);
      const relay = await disturbed();
      const resumed = await otas([...args, '--resume'], { env: relay });
      expect([resumed.code, resumed.stderr]).toEqual([0, '']);
      // Not toEqual, which takes seconds for as many bytes.
      expect((await readFile(file)).equals(whole)).toBe(true);
      expect(relays.at(-1)?.asked.at(-1)).toContain('cursor=');
    },
  );

  test('what cannot be exported is refused: 2 for a fault of usage, 4 for what is not there', async () => {
    const part = path.join(dir, 'alien.ndjson');
    const foreign = await makePerson(world());
    await writeFile(
      `${part}.part`,
      `{"event_id":"1","agent_id":"${foreign.agentId}","agent_session_id":"1","path":"/"}\n`,
    );
    const refused: [string[], number][] = [
      [['--format', 'xml'], 2],
      [['--from', 'yesterday'], 2],
      [['--cursor', 'x'], 2],
      [['--resume'], 2],
      [['--resume', '-o', path.join(dir, 'none')], 2],
      [['--resume', '-o', part], 2],
      [['--agent', foreign.agentId], 4],
      [['-o', path.join(dir, 'no', 'such', 'directory')], 1],
    ];
    const ended = await Promise.all(refused.map(([args]) => otas(['export', ...args], { env })));
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(refused.map(([, code]) => [code, '']));
    const bad = await otas(['export'], { env: { ...env, OTAS_USER_TOKEN: 'none' } });
    expect([bad.code, bad.stdout]).toEqual([3, '']);
  });
}
