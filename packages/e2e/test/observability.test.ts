import { existsSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { compose, megabytes, observers, ours, read, root, type Service } from './support/deployment';

const { prometheus, grafana } = compose.services as Record<string, Service>;
const config = parse(read('infra/prometheus/prometheus.yml'));
const dataSource = parse(read('infra/grafana/provisioning/datasources/prometheus.yml')).datasources[0];
const provider = parse(read('infra/grafana/provisioning/dashboards/otas.yml')).providers[0];
const dashboard = JSON.parse(read('infra/grafana/dashboards/otas.json'));
const names = observers.map(([name]) => name);

/** Where something of this folder is mounted in a container. */
function mountOf({ volumes = [] }: Service, source: string): string | undefined {
  return volumes.map((volume) => volume.split(':')).find(([from]) => from === `./${source}`)?.[1];
}

test('the profile is Prometheus and Grafana, and nothing else starts with it or without it', () => {
  expect(names).toEqual(['prometheus', 'grafana']);
  for (const [, { depends_on: needs = {} }] of observers)
    expect(names).toEqual(expect.arrayContaining(Object.keys(needs)));
});

test.each(observers)('%s is contained as everything else is', (_, service) => {
  expect(service.read_only).toBe(true);
  expect(service.cap_drop).toEqual(['ALL']);
  expect(service.security_opt).toEqual(['no-new-privileges:true']);
  expect(service.tmpfs).toContain('/tmp');
  expect(service.user).toMatch(/^[1-9]\d*:\d+$/);
  expect(service.restart).toBe('unless-stopped');
  expect(service.healthcheck?.test[0]).toBe('CMD');
  expect(service.logging.options['max-size']).toMatch(/^\d+m$/);
  expect(megabytes(service)).toBeLessThanOrEqual(256);
});

test.each(observers)(
  '%s can be reached from this machine alone, whatever is published beside it',
  (_, { ports }) => {
    for (const port of ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    expect(ports).toHaveLength(1);
  },
);

test('Grafana has no password but the one in the environment', () => {
  const { GF_SECURITY_ADMIN_PASSWORD: password, ...others } = grafana?.environment ?? {};
  expect(password).toMatch(/^\$\{GRAFANA_PASSWORD:\?[^}]+\}$/);
  for (const name of Object.keys(others)) expect(name).not.toMatch(/PASSWORD|SECRET|ANONYMOUS/);
});

test.each(observers)(
  'what %s is given from this folder is there, and only read; what it keeps is on a volume',
  (_, service) => {
    const mounts = (service.volumes ?? []).map((volume) => volume.split(':'));
    const ofFolder = mounts.filter(([source]) => source?.startsWith('./'));
    for (const [source = '', , mode] of ofFolder) {
      expect(existsSync(path.join(root, source))).toBe(true);
      expect(mode).toBe('ro');
    }
    const kept = mounts.filter(([source]) => !source?.startsWith('./')).map(([source]) => source);
    expect(kept).toHaveLength(1);
    expect(Object.keys(compose.volumes)).toEqual(expect.arrayContaining(kept));
  },
);

test('Prometheus finds its configuration and its rules, and asks the ports on which the services show metrics', () => {
  const dir = mountOf(prometheus as Service, 'infra/prometheus');
  expect(read('docker-compose.yml')).toContain(`--config.file=${dir}/prometheus.yml`);
  for (const file of config.rule_files)
    expect(existsSync(path.join(root, 'infra/prometheus', file))).toBe(true);
  const targets = config.scrape_configs.map((job: { static_configs: { targets: string[] }[] }) =>
    job.static_configs.flatMap((one) => one.targets),
  );
  expect(targets).toEqual(
    (['uasam', 'brain'] as const).map((name) => [
      `${name}:${ours[name].environment[`${name.toUpperCase()}_METRICS_PORT`]}`,
    ]),
  );
});

test('a port of metrics is neither published nor that of the API', () => {
  for (const name of ['uasam', 'brain'] as const) {
    const { environment, ports = [] } = ours[name];
    const port = String(environment[`${name.toUpperCase()}_METRICS_PORT`]);
    expect(port).toMatch(/^\d+$/);
    expect(ports.join()).not.toContain(port);
  }
});

test('Grafana finds the dashboard, and the dashboard finds Prometheus', () => {
  expect(mountOf(grafana as Service, 'infra/grafana/provisioning')).toBe('/etc/grafana/provisioning');
  expect(mountOf(grafana as Service, 'infra/grafana/dashboards')).toBe(provider.options.path);
  const [port] = prometheus?.ports ?? [];
  expect(dataSource.url).toBe(`http://prometheus:${port?.split(':').at(-1)}`);
  for (const { datasource, targets } of dashboard.panels) {
    for (const one of [datasource, ...targets.map((target: { datasource: object }) => target.datasource)]) {
      expect(one).toEqual({ type: dataSource.type, uid: dataSource.uid });
    }
  }
});

test('the panels of the dashboard lie beside each other, and none on another', () => {
  const taken = new Set<string>();
  let cells = 0;
  for (const { gridPos, title } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    expect(title).not.toBe('');
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) taken.add(`${x},${y}`);
    }
    cells += gridPos.w * gridPos.h;
  }
  expect(taken.size).toBe(cells);
  expect(new Set(dashboard.panels.map((panel: { id: number }) => panel.id)).size).toBe(
    dashboard.panels.length,
  );
});
