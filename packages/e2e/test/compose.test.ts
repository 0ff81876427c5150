import { execFileSync } from 'node:child_process';

import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';

import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  all,
  brain,
  clickhouse,
  compose,
  databases,
  demandedIn,
  megabytes,
  migrate,
  ours,
  portOf,
  postgres,
  read,
  root,
  type Service,
  settings,
  stage,
  text,
  uasam,
} from './support/deployment';

test.each(['uasam', 'brain'] as const)('%s is given only settings that it has', (name) => {
  const known = settings[name].map((setting) => setting.name);
  expect(known).toEqual(expect.arrayContaining(Object.keys(ours[name].environment)));
});

test.each(['uasam', 'brain'] as const)('%s is given every setting that has no default', (name) => {
  const required = settings[name].filter((setting) => setting.isRequired).map((setting) => setting.name);
  expect(required).not.toHaveLength(0);
  expect(Object.keys(ours[name].environment)).toEqual(expect.arrayContaining(required));
});

test('the migration job is given both databases, and only settings that the services have', () => {
  const known = [...settings.uasam, ...settings.brain].map((setting) => setting.name);
  const given = Object.keys(migrate?.environment ?? {});
  expect(known).toEqual(expect.arrayContaining(given));
  expect(given).toEqual(['DATABASE_URL', 'CLICKHOUSE_URL']);
  expect(migrate?.environment.DATABASE_URL).toBe(uasam?.environment.DATABASE_URL);
});

test('the file holds no secret, and cannot be used without those that it asks for', () => {
  for (const [, { environment }] of all) {
    for (const [name, value] of Object.entries(environment)) {
      if (/SECRET|PEPPER|PASSWORD|TOKEN/.test(name)) expect(value).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
      const password = /\/\/\w+:(.*)@/.exec(value)?.[1];
      if (password !== undefined) expect(password).toMatch(/^\$\{[A-Z_]+:\?[^}]+\}$/);
    }
  }
  expect(text).not.toMatch(/(?:SECRETS?|PEPPER|PASSWORD):?-/);
});

test('UASAM accepts the token with which Brain asks', () => {
  expect(brain?.environment.UASAM_SERVICE_TOKEN).toBe(uasam?.environment.SERVICE_TOKENS);
});

test('both services verify session tokens with the same secrets', () => {
  expect(brain?.environment.SESSION_TOKEN_SECRETS).toBe(uasam?.environment.SESSION_TOKEN_SECRETS);
});

test('only UASAM and Brain can be reached from outside, and by default from this machine alone', () => {
  const published = all.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose replaces it.
  const loopback = '${PUBLISH_ADDRESS:-127.0.0.1}';
  expect(published).toEqual([
    ['uasam', `${loopback}:${portOf('uasam')}:${portOf('uasam')}`],
    ['brain', `${loopback}:${portOf('brain')}:${portOf('brain')}`],
  ]);
});

test('everybody reaches the others by the names and ports in this file', () => {
  expect(brain?.environment.UASAM_URL).toBe(`http://uasam:${portOf('uasam')}`);
  expect(uasam?.environment.DATABASE_URL).toMatch(/^postgresql:\/\/otas:.*@postgres:5432\/otas$/);
  expect(postgres?.environment).toMatchObject({ POSTGRES_USER: 'otas', POSTGRES_DB: 'otas' });
});

test('each part is in ClickHouse the user with the rights that it needs, with that one’s password', () => {
  const users = read('infra/clickhouse/users.d/otas.xml');
  const urls = {
    otas_writer: brain?.environment.CLICKHOUSE_URL,
    otas_reader: brain?.environment.CLICKHOUSE_READER_URL,
    otas_migrator: migrate?.environment.CLICKHOUSE_URL,
  };
  for (const [user, url] of Object.entries(urls)) {
    const variable = `CLICKHOUSE_${user.replace('otas_', '').toUpperCase()}_PASSWORD`;
    expect(url).toBe(`http://${user}:${clickhouse?.environment[variable]}@clickhouse:8123`);
    const own = new RegExp(`<${user}>\\s*<password from_env="${variable}"/>`);
    expect(users).toMatch(own);
  }
  expect(brain?.environment).not.toHaveProperty('CLICKHOUSE_MIGRATOR_URL');
  expect([...users.matchAll(/<password/g)]).toHaveLength(3);
  const database = settings.brain.find((one) => one.name === 'CLICKHOUSE_DATABASE')?.defaultText;
  const granted = [...users.matchAll(/ ON (\w+)\.\*</g)].map((match) => match[1]);
  expect(new Set(granted)).toEqual(new Set([database]));
});

test('a service counts as healthy when it is ready, a database when it answers a query', () => {
  for (const name of ['uasam', 'brain'] as const) {
    expect(ours[name].healthcheck).toBeUndefined();
    const command = `["node", "healthcheck.mjs", "${name.toUpperCase()}_PORT"]`;
    expect(stage('service', name)).toMatch(/^HEALTHCHECK .*--timeout=\d+s .*CMD /m);
    expect(stage('service', name)).toContain(` CMD ${command}\n`);
  }
  expect(read('infra/docker/healthcheck.mjs')).toContain('/readyz');
  for (const { healthcheck } of Object.values(databases)) {
    expect(healthcheck?.test.join(' ').replaceAll('+', ' ')).toContain('SELECT 1');
  }
});

test('nothing starts before what it needs is healthy, and no service before the migrations are done', () => {
  const healthy = { condition: 'service_healthy' };
  const done = { condition: 'service_completed_successfully' };
  expect(migrate?.depends_on).toEqual({ postgres: healthy, clickhouse: healthy });
  expect(uasam?.depends_on).toEqual({ postgres: healthy, migrate: done });
  expect(brain?.depends_on).toEqual({ clickhouse: healthy, migrate: done, uasam: healthy });
  expect(migrate?.build).toMatchObject({ target: 'migrate' });
});

test('what must not be lost is on a named volume, and everything comes back after a restart', () => {
  const mounts = all.flatMap(([, { volumes = [] }]) => volumes.filter((volume) => !volume.startsWith('./')));
  expect(mounts).toHaveLength(3);
  for (const mount of mounts) expect(Object.keys(compose.volumes)).toContain(mount.split(':')[0]);
  const [, logMount = ''] = brain?.volumes?.[0]?.split(':') ?? [];
  expect(brain?.environment.EVENT_LOG_DIR?.startsWith(`${logMount}/`)).toBe(true);
  for (const [name, { restart }] of all) expect(restart).toBe(name === 'migrate' ? 'no' : 'unless-stopped');
});

test('what a container is given from this folder is there, and only read', () => {
  const mounts = all.flatMap(([, { volumes = [] }]) => volumes.filter((volume) => volume.startsWith('./')));
  expect(mounts).toHaveLength(2);
  for (const mount of mounts) {
    const [source = '', target = '', mode] = mount.split(':');
    expect(existsSync(path.join(root, source))).toBe(true);
    expect(target).toBe(`/etc/clickhouse-server/${path.relative('infra/clickhouse', source)}`);
    expect(mode).toBe('ro');
  }
});

test.each(all.map(([name]) => name))(
  '%s is no root, cannot become it, and writes only to volumes and memory',
  (name) => {
    const service = compose.services[name] as Service;
    const { user } = service;
    if (service.build === undefined) expect(['postgres', '101:101']).toContain(user);
    else expect(user).toBeUndefined();
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.tmpfs).toContain('/tmp');
    expect(service).not.toHaveProperty('privileged');
  },
);

test('logs are rotated', () => {
  for (const [, { logging }] of all) {
    expect(logging.options['max-size']).toMatch(/^\d+m$/);
    expect(Number(logging.options['max-file'])).toBeGreaterThan(1);
  }
});

test('everything together fits 2 CPUs and 4 GB, and leaves something to the system', () => {
  const lasting = all.filter(([name]) => name !== 'migrate').map(([, service]) => service.cpus);
  expect(lasting.reduce((sum, cpus) => sum + cpus, 0)).toBeCloseTo(2, 6);
  expect(migrate?.cpus).toBeLessThanOrEqual(1);
  const memory = all.map(([, service]) => megabytes(service)).reduce((sum, one) => sum + one, 0);
  expect(memory).toBeLessThanOrEqual(3584);
});

test('ClickHouse takes at most three quarters of the memory that it is given', () => {
  const config = read('infra/clickhouse/config.d/otas.xml');
  const bytes = Number(/<max_server_memory_usage>(\d+)</.exec(config)?.[1]);
  expect(bytes / 2 ** 20).toBeLessThanOrEqual(megabytes(clickhouse as Service) * 0.75);
  expect(bytes / 2 ** 20).toBeGreaterThan(1000);
});

test('what is told to end has the time that it takes for it', () => {
  for (const name of ['uasam', 'brain'] as const) {
    const timeout = settings[name].find((one) => one.name === 'SHUTDOWN_TIMEOUT_MS')?.defaultText;
    const graceMs = Number(/^(\d+)s$/.exec(ours[name].stop_grace_period ?? '')?.[1]) * 1000;
    expect(graceMs).toBeGreaterThan(Number(timeout));
  }
});

test('init-env.sh writes every secret that is asked for, once, for its owner alone', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-env-'));
  try {
    const file = path.join(dir, '.env');
    const run = (): string =>
      execFileSync('sh', [path.join(root, 'infra/init-env.sh'), file], { encoding: 'utf8' });
    run();
    const written = readFileSync(file, 'utf8');
    const secrets = new Map(
      [...written.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(new Set(secrets.keys())).toEqual(new Set(demandedIn(text)));
    expect(new Set(secrets.values()).size).toBe(secrets.size);
    for (const secret of secrets.values()) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);

    expect(run()).toContain('left as it is');
    expect(readFileSync(file, 'utf8')).toBe(written);

    // A file of an earlier version, whose last line has no end.
    const earlier = written.replace(/^UASAM_SERVICE_TOKEN=.*\n/m, '').trimEnd();
    writeFileSync(file, earlier);
    expect(run()).toBe(`added to ${file}: UASAM_SERVICE_TOKEN\n`);
    const completed = readFileSync(file, 'utf8');
    expect(completed.startsWith(`${earlier}\n`)).toBe(true);
    expect(completed.slice(earlier.length)).toMatch(/^\nUASAM_SERVICE_TOKEN=[0-9a-f]{64}\n$/);
    expect(run()).toContain('left as it is');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
