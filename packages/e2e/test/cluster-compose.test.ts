import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ErasureStore, migrate } from '@otas/event-store';
import { type ClickHouseUser, startClickHouseAs } from './support/clickhouse-as';
import {
  all,
  brain,
  clickhouse,
  compose,
  migrate as migrateJob,
  ofProfile,
  read,
  root,
  type Service,
  settings,
  uasam,
} from './support/deployment';

const cluster = ofProfile('cluster');
const named = (prefix: string) => cluster.filter(([name]) => name.startsWith(prefix));
const replicas = named('clickhouse-');
const keepers = named('keeper-');
const brains = named('brain-');
const uasams = named('uasam-');
const server = read('infra/clickhouse/cluster/config.d/otas_cluster.xml');
const keeper = read('infra/clickhouse/cluster/keeper/keeper_config.xml');
const haproxy = read('infra/haproxy/haproxy.cfg');

/** What stands between the tags of a name, each time that it does. */
const inTags = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map(
    ([, text]) => text as string,
  );

test('there are two shards of two replicas, three Keepers, two Brains, two UASAMs and one balancer', () => {
  expect([replicas, keepers, brains, uasams].map((some) => some.length)).toEqual([4, 3, 2, 2]);
  expect(cluster.map(([name]) => name)).toEqual(expect.arrayContaining(['balancer', 'migrate-cluster']));
  expect(cluster).toHaveLength(13);
});

test('the cluster that ClickHouse knows is the one that is started', () => {
  const [servers = ''] = inTags(server, 'otas');
  const known = inTags(servers, 'shard').map((shard) =>
    inTags(shard, 'replica').map((replica) => [inTags(replica, 'host')[0], inTags(replica, 'port')[0]]),
  );
  const started = ['1', '2'].map((shard) =>
    replicas
      .filter(([, { environment }]) => environment.CLICKHOUSE_SHARD === shard)
      .sort(([, a], [, b]) =>
        String(a.environment.CLICKHOUSE_REPLICA).localeCompare(String(b.environment.CLICKHOUSE_REPLICA)),
      )
      .map(([name]) => [name, '9000']),
  );
  expect(known).toEqual(started);
  for (const shard of inTags(servers, 'shard'))
    expect(inTags(shard, 'internal_replication')).toEqual(['true']);
  // Else one would answer for another.
  const macros = replicas.map(([, { environment }]) =>
    [environment.CLICKHOUSE_SHARD, environment.CLICKHOUSE_REPLICA].join('-'),
  );
  expect(macros).toEqual(['1-1', '1-2', '2-1', '2-2']);
  for (const name of ['SHARD', 'REPLICA', 'CLUSTER_SECRET'])
    expect(server).toContain(`from_env="CLICKHOUSE_${name}"`);
});

test('every server of ClickHouse knows all Keepers, and every Keeper the others', () => {
  const names = keepers.map(([name]) => name);
  const [nodes = ''] = inTags(server, 'zookeeper');
  const [clientPort] = inTags(keeper, 'tcp_port');
  expect(inTags(nodes, 'host')).toEqual(names);
  expect(new Set(inTags(nodes, 'port'))).toEqual(new Set([clientPort]));
  const [raft = ''] = inTags(keeper, 'raft_configuration');
  const members = inTags(raft, 'server').map((one) => [inTags(one, 'id')[0], inTags(one, 'hostname')[0]]);
  expect(members).toEqual(keepers.map(([name, { environment }]) => [environment.KEEPER_ID, name]));
  const [control = ''] = inTags(keeper, 'http_control');
  const ready = `http://127.0.0.1:${inTags(control, 'port')[0]}${inTags(control, 'endpoint')[0]}`;
  for (const [, { healthcheck }] of keepers) expect(healthcheck?.test).toContain(ready);
});

test('each finds the others by the name that it has, and keeps what must not be lost on a volume of its own', () => {
  for (const [name, { hostname }] of [...replicas, ...keepers]) expect(hostname).toBe(name);
  const volumes = [...replicas, ...keepers, ...brains].map(
    ([, service]) => service.volumes?.[0]?.split(':')[0],
  );
  expect(new Set(volumes).size).toBe(9);
  expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(volumes));
  for (const [name, service] of cluster) {
    for (const mount of service.volumes?.slice(name.startsWith('brain') ? 1 : 0) ?? []) {
      const [source = '', , mode] = mount.split(':');
      if (!source.startsWith('./')) continue;
      expect(existsSync(path.join(root, source))).toBe(true);
      expect(mode).toBe('ro');
    }
  }
});

test('a server of the cluster is the one of a single machine, with what the cluster adds', () => {
  for (const [, replica] of replicas) {
    const { environment: _, volumes: __, cpus: ___, ...same } = clickhouse as Service;
    expect(replica).toMatchObject(same);
    expect(replica.environment).toMatchObject(clickhouse?.environment ?? {});
    expect(replica.volumes).toEqual(expect.arrayContaining(clickhouse?.volumes?.slice(1) ?? []));
    expect(replica.volumes).toHaveLength(5);
  }
});

test('the services are those of a single machine, but for where they find the others', () => {
  const same = (
    given: Record<string, string> = {},
    expected: Record<string, string> = {},
    other: string[] = [],
  ) => {
    const rest = Object.keys(expected).filter((name) => ![...other, 'TRUST_PROXY'].includes(name));
    for (const name of rest) expect({ [name]: given[name] }).toEqual({ [name]: expected[name] });
    const known = [...settings.uasam, ...settings.brain].map((setting) => setting.name);
    expect(known).toEqual(expect.arrayContaining(Object.keys(given)));
  };
  for (const [, { environment }] of uasams) same(environment, uasam?.environment);
  // The balancer stands before them.
  for (const [, { environment }] of [...uasams, ...brains]) expect(environment?.TRUST_PROXY).toBe('1');
  const urls = ['UASAM_URL', 'CLICKHOUSE_URL', 'CLICKHOUSE_READER_URL'];
  for (const [, { environment }] of brains) same(environment, brain?.environment, urls);
  for (const url of urls.slice(1)) {
    const ofOne = brain?.environment[url]?.replace('@clickhouse:', '@balancer:');
    for (const [, { environment }] of brains) expect(environment[url]).toBe(ofOne);
  }
  const job = Object.fromEntries(cluster)['migrate-cluster'];
  same(job?.environment, migrateJob?.environment, ['CLICKHOUSE_URL']);
  for (const environment of [...brains.map(([, one]) => one.environment), job?.environment])
    expect(environment?.CLICKHOUSE_CLUSTER).toBe(
      /<remote_servers[^>]*>[^<]*(?:<!--.*?-->\s*)?<(\w+)>/.exec(server)?.[1],
    );
});

test('the balancer has every server behind it, asks whether it is ready, and alone can be reached from outside', () => {
  const backends = new Map(
    haproxy
      .split(/^backend /m)
      .slice(1)
      .map((text) => [
        text.split('\n')[0],
        [...text.matchAll(/^ {4}server (\S+) (\S+):(\d+)$/gm)].map(([, name, host, port]) => {
          expect(name).toBe(host);
          return `${host}:${port}`;
        }),
      ]),
  );
  const internal = uasams[0]?.[1].environment.UASAM_INTERNAL_PORT;
  expect(Object.fromEntries(backends)).toEqual({
    uasam: uasams.map(([name]) => `${name}:8000`),
    uasam_internal: uasams.map(([name]) => `${name}:${internal}`),
    brain: brains.map(([name]) => `${name}:8002`),
    clickhouse: replicas.map(([name]) => `${name}:8123`),
  });
  expect(haproxy).toMatch(/^ {4}http-check send meth GET uri \/readyz$/m);
  const published = cluster.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
  expect(published.map(([name, port]) => [name, port?.split(':').slice(-2)])).toEqual([
    ['balancer', ['8000', '8000']],
    ['balancer', ['8002', '8002']],
  ]);
  const [front = ''] = /^frontend uasam_public\n(?: {4}.*\n)+/m.exec(haproxy) ?? [];
  expect(front).toContain('http-request deny deny_status 404 if { path_beg /internal/ }');
  for (const [, { environment }] of [...brains, ...uasams]) expect(environment.TRUST_PROXY).toBe('1');
  for (const [, { environment }] of brains) {
    expect(environment.UASAM_URL).toBe('http://balancer:8000');
    expect(environment.UASAM_INTERNAL_URL).toBe(`http://balancer:${internal}`);
  }
});

test('the balancer has seen that a service stops before that closes its port', () => {
  const [, seconds = '', fall = ''] = /default-server check inter (\d+)s fall (\d+)/.exec(haproxy) ?? [];
  const seenMs = Number(seconds) * Number(fall) * 1000;
  expect(seenMs).toBeGreaterThan(0);
  for (const [, { environment }] of [...brains, ...uasams])
    expect(Number(environment.SHUTDOWN_DELAY_MS)).toBeGreaterThan(seenMs);
});

test('what starts the balancer starts all of the cluster, Postgres, and nothing else', () => {
  const started = new Set<string>();
  const start = (name: string): void => {
    if (started.has(name)) return;
    started.add(name);
    Object.keys(compose.services[name]?.depends_on ?? {}).forEach(start);
  };
  start('balancer');
  expect(started).toEqual(new Set([...cluster.map(([name]) => name), 'postgres']));
  for (const [, { depends_on: needed = {} }] of all)
    for (const name of Object.keys(needed)) expect(cluster.map(([one]) => one)).not.toContain(name);
});

test('every container of the cluster is as contained as the others, and gets its secrets from outside', () => {
  for (const [name, service] of cluster) {
    const {
      user,
      build,
      read_only,
      cap_drop,
      security_opt,
      tmpfs,
      logging,
      environment = {},
      restart,
    } = service;
    if (build === undefined) expect(['101:101', 'haproxy']).toContain(user);
    expect({ read_only, cap_drop, security_opt, tmpfs: tmpfs.includes('/tmp') }).toEqual({
      ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], tmpfs: true },
    });
    expect(logging.options['max-size']).toMatch(/^\d+m$/);
    expect(restart).toBe(name === 'migrate-cluster' ? 'no' : 'unless-stopped');
    for (const [variable, value] of Object.entries(environment))
      if (/SECRET|PEPPER|PASSWORD|TOKEN/.test(variable)) expect(value).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
  }
});

describe('in the cluster', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-grants-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  async function as<T>(user: ClickHouseUser, use: (url: string) => Promise<T>): Promise<T> {
    const engine = await startClickHouseAs(user, dir, true);
    try {
      return await use(engine.url);
    } finally {
      await engine.stop();
    }
  }
  const ask = async (url: string, body: string) => (await fetch(url, { method: 'POST', body })).text();
  const optionsOf = (url: string) => ({ url, database: 'otas', requestTimeoutMs: 20_000, connectionsMax: 2 });

  test('the engine takes the configuration, and otas_migrator may do what migrations need', async () => {
    await as('otas_migrator', async (url) => {
      expect(await ask(url, 'SELECT macro FROM system.macros ORDER BY macro')).toBe('replica\nshard\n');
      const rows = await ask(
        url,
        "SELECT shard_num, replica_num, host_name FROM system.clusters WHERE cluster = 'otas'",
      );
      expect(rows).toBe(
        '1\t1\tclickhouse-1-1\n1\t2\tclickhouse-1-2\n2\t1\tclickhouse-2-1\n2\t2\tclickhouse-2-2\n',
      );
      expect((await migrate(optionsOf(url))).length).toBeGreaterThan(4);
      const table =
        "CREATE OR REPLACE TABLE otas.t AS otas.event_ids ENGINE = Distributed('otas', 'otas', 'event_ids')";
      expect(await ask(url, table)).toBe('');
      expect(await ask(url, 'DROP TABLE otas.t')).toBe('');
      expect(await ask(url, 'SHOW GRANTS')).toMatch(/^GRANT CLUSTER ON \*\.\*/m);
      expect(await ask(url, 'CREATE USER other')).toContain('ACCESS_DENIED');
    });
  });

  test('otas_writer may erase on all servers and see whether that is done, and may still not change tables', async () => {
    await as('otas_writer', async (url) => {
      expect(await ask(url, 'SHOW GRANTS')).toMatch(/^GRANT CLUSTER ON \*\.\*/m);
      // It may ask; the others are not there.
      const mutations = "SELECT count() FROM clusterAllReplicas('otas', system.mutations)";
      expect(await ask(url, mutations)).toContain('ALL_CONNECTION_TRIES_FAILED');
      expect(await ask(url, 'DROP TABLE otas.event_ids')).toContain('ACCESS_DENIED');
      expect(await ask(url, 'SELECT * FROM system.users')).toContain('ACCESS_DENIED');
      const erasures = new ErasureStore(optionsOf(url));
      expect(await erasures.erase([{ projectId: randomUUID(), agentId: null, sessionId: null }])).toEqual(
        new Map(),
      );
      await erasures.close();
    });
  });

  test('otas_reader may read, and change nothing', async () => {
    await as('otas_reader', async (url) => {
      expect(await ask(url, 'SELECT count() FROM otas.event_ids')).toBe('0\n');
      expect(await ask(url, 'SHOW GRANTS')).not.toMatch(/CLUSTER|REMOTE/);
      expect(await ask(url, 'ALTER TABLE otas.event_ids DELETE WHERE 1')).toMatch(/ACCESS_DENIED|READONLY/);
    });
  });
});
