import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly ports?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly restart: string;
}

interface Setting {
  readonly name: string;
  /** Empty where there is none. */
  readonly defaultText: string;
  readonly isRequired: boolean;
}

const root = path.join(__dirname, '..', '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const text = read('docker-compose.yml');
const compose: { services: Record<string, Service>; volumes: object } = parse(text, { merge: true });
const dockerfile = read('infra/docker/Dockerfile');
const { postgres, clickhouse, uasam, brain } = compose.services as Record<string, Service>;
const all = Object.entries(compose.services);
const ours = { uasam, brain } as Record<'uasam' | 'brain', Service>;
const databases = { postgres, clickhouse } as Record<string, Service>;
const settings = { uasam: settingsUnder('UASAM'), brain: settingsUnder('Brain') };

/** The settings of one service as `.env.example` lists them, those of both included. */
function settingsUnder(title: string): Setting[] {
  const sections = read('.env.example').split(/^#### /m);
  return ['Both services', title].flatMap((wanted) => {
    const section = sections.find((one) => one.startsWith(`${wanted}\n`)) ?? '';
    return [...section.matchAll(/^# (.*)\n([A-Z_]+)=(.*)$/gm)].map(([, meaning, name, defaultText]) => ({
      name: name as string,
      defaultText: defaultText as string,
      isRequired: /\brequired\)$/.test(meaning as string),
    }));
  });
}

function portOf(name: 'uasam' | 'brain'): string {
  const setting = settings[name].find((one) => one.name === `${name.toUpperCase()}_PORT`);
  return setting?.defaultText as string;
}

/** The names in `${NAME:?message}`: the file cannot be used without them. */
function demandedIn(value: string): string[] {
  return [...value.matchAll(/\$\{([A-Z_]+):\?[^}]+\}/g)].map((match) => match[1] as string);
}

test('every image is pinned to one version', () => {
  const images = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map((match) => match[1]);
  for (const { image, build } of Object.values(compose.services)) {
    if (build === undefined) images.push(image);
  }
  expect(images).toHaveLength(3);
  for (const image of images) expect(image).toMatch(/^[a-z/-]+:\d+\.\d+[\w.-]*$/);
});

test('the services run on the major version of Node.js that the project asks for', () => {
  const { engines } = JSON.parse(read('package.json'));
  const [, major] = /^>=(\d+)\./.exec(engines.node) ?? [];
  expect(dockerfile).toMatch(new RegExp(`^FROM node:${major}\\.`, 'm'));
});

test.each(['uasam', 'brain'] as const)('%s is given only settings that it has', (name) => {
  const known = settings[name].map((setting) => setting.name);
  expect(known).toEqual(expect.arrayContaining(Object.keys(ours[name].environment)));
});

test.each(['uasam', 'brain'] as const)('%s is given every setting that has no default', (name) => {
  const required = settings[name].filter((setting) => setting.isRequired).map((setting) => setting.name);
  expect(required).not.toHaveLength(0);
  expect(Object.keys(ours[name].environment)).toEqual(expect.arrayContaining(required));
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

test.each(['uasam', 'brain'] as const)('%s is built from its own stage, which exposes its port', (name) => {
  expect(ours[name].build).toMatchObject({ dockerfile: 'infra/docker/Dockerfile', target: name });
  const stage = dockerfile.split(/^FROM /m).find((one) => one.startsWith(`service AS ${name}\n`));
  expect(stage).toContain(`EXPOSE ${portOf(name)}\n`);
});

test('in a container the services listen on every interface, and not as root', () => {
  const stage = dockerfile.split(/^FROM /m).find((one) => one.startsWith('node AS service\n'));
  expect(stage).toMatch(/^ENV .*\bHOST=0\.0\.0\.0$/m);
  expect(stage).toMatch(/^USER node$/m);
});

test('Brain reaches UASAM and both reach their database by the names and ports in this file', () => {
  expect(brain?.environment.UASAM_URL).toBe(`http://uasam:${portOf('uasam')}`);
  expect(brain?.environment.CLICKHOUSE_URL).toMatch(/^http:\/\/otas:.*@clickhouse:8123$/);
  expect(uasam?.environment.DATABASE_URL).toMatch(/^postgresql:\/\/otas:.*@postgres:5432\/otas$/);
  expect(postgres?.environment).toMatchObject({ POSTGRES_USER: 'otas', POSTGRES_DB: 'otas' });
  expect(clickhouse?.environment).toMatchObject({ CLICKHOUSE_USER: 'otas' });
});

test('a service counts as healthy when it is ready, a database when it answers a query', () => {
  for (const name of ['uasam', 'brain'] as const) {
    const command = ours[name].healthcheck.test.join(' ');
    expect(command).toContain(`http://127.0.0.1:${portOf(name)}/readyz`);
  }
  for (const { healthcheck } of Object.values(databases)) {
    expect(healthcheck.test.join(' ')).toContain('SELECT 1');
  }
});

test('nothing starts before what it needs is healthy', () => {
  const healthy = { condition: 'service_healthy' };
  expect(uasam?.depends_on).toEqual({ postgres: healthy });
  expect(brain?.depends_on).toEqual({ clickhouse: healthy, uasam: healthy });
});

test('what must not be lost is on a named volume, and everything comes back after a restart', () => {
  const mounts = all.flatMap(([, { volumes = [] }]) => volumes);
  expect(mounts).toHaveLength(3);
  for (const mount of mounts) expect(Object.keys(compose.volumes)).toContain(mount.split(':')[0]);
  const [, logMount = ''] = brain?.volumes?.[0]?.split(':') ?? [];
  expect(brain?.environment.EVENT_LOG_DIR?.startsWith(`${logMount}/`)).toBe(true);
  for (const [, { restart }] of all) expect(restart).toBe('unless-stopped');
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
