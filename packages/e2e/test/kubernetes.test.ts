import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { compose, megabytes, portOf, read, root, type Service, settings } from './support/deployment';

const folder = path.join(root, 'infra', 'k8s');
const overlays = ['single', 'cluster'] as const;

interface Env {
  readonly name: string;
  readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env: readonly Env[];
  readonly resources: { readonly requests: object; readonly limits: { readonly memory: string } };
  readonly securityContext: object;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // Of every kind, as it is written.
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at its own part.
  readonly spec: any;
}
interface Kustomization {
  readonly resources: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newTag: string }[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly behavior?: string;
    readonly literals: readonly string[];
  }[];
}

const kustomizationIn = (dir: string): Kustomization =>
  parse(readFileSync(path.join(dir, 'kustomization.yaml'), 'utf8'));

/** All that a folder refers to, and the values of its configuration, those of an overlay over those of its base. */
function render(dir: string): { resources: Resource[]; config: Map<string, Map<string, string>> } {
  const { resources, configMapGenerator = [] } = kustomizationIn(dir);
  const files = resources.map((one) => path.join(dir, one));
  const bases = files.filter((file) => !file.endsWith('.yaml')).map(render);
  const own = files
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS() as Resource));
  const config = new Map(bases.flatMap((base) => [...base.config]));
  for (const { name, behavior, literals } of configMapGenerator) {
    // As kustomize has it: only what is there can be merged, only what is not there made.
    expect(config.has(name)).toBe(behavior === 'merge');
    const pairs = literals.map((one) => one.split(/=(.*)/s).slice(0, 2) as [string, string]);
    config.set(name, new Map([...(config.get(name) ?? []), ...pairs]));
  }
  return { resources: [...bases.flatMap((base) => base.resources), ...own], config };
}

const rendered = Object.fromEntries(
  overlays.map((name) => [name, render(path.join(folder, 'overlays', name))]),
) as Record<(typeof overlays)[number], ReturnType<typeof render>>;
const all = rendered.cluster.resources;
const find = (kind: string, name: string) =>
  all.find((one) => one.kind === kind && one.metadata.name === name)?.spec;
const podOf = (name: string) =>
  (find('Deployment', name) ?? find('StatefulSet', name) ?? find('Job', name)).template.spec;
const containerOf = (name: string): Container => podOf(name).containers[0];
const services = ['uasam', 'brain'] as const;
const jobs = [...services, 'migrate'] as const;

test('every file is part of an overlay, and every file that is named is there', () => {
  const reached = new Set<string>();
  const visit = (dir: string): void => {
    reached.add(path.join(dir, 'kustomization.yaml'));
    for (const one of kustomizationIn(dir).resources) {
      const file = path.join(dir, one);
      expect(existsSync(file)).toBe(true);
      if (file.endsWith('.yaml')) reached.add(file);
      else visit(file);
    }
  };
  for (const name of overlays) visit(path.join(folder, 'overlays', name));
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) =>
    one.endsWith('.yaml'),
  );
  expect(new Set(files.map((one) => path.join(folder, one)))).toEqual(reached);
});

describe.each(overlays)('%s', (overlay) => {
  test.each(services)('%s is given every setting that it needs, and only those that it has', (name) => {
    const container = containerOf(name);
    const [from] = container.envFrom;
    const config = rendered[overlay].config.get(from?.configMapRef.name ?? '') ?? new Map();
    const given = [...config.keys(), ...container.env.map((one) => one.name)];
    expect(new Set(given).size).toBe(given.length);
    const known = settings[name].map((setting) => setting.name);
    expect(known).toEqual(expect.arrayContaining(given));
    const required = settings[name].filter((one) => one.isRequired).map((one) => one.name);
    expect(given).toEqual(expect.arrayContaining(required));
    // What compose has to give for want of a default is needed here too.
    const inCompose = Object.keys(compose.services[name]?.environment ?? {});
    const needed = inCompose.filter((one) => !['REDIS_URL', 'EVENT_LOG_DIR'].includes(one));
    expect(given).toEqual(expect.arrayContaining(needed));
  });

  test('the migration job is given both databases, and the cluster that Brain is given', () => {
    const { config } = rendered[overlay];
    expect(containerOf('migrate').env.map((one) => one.name)).toEqual(['DATABASE_URL', 'CLICKHOUSE_URL']);
    for (const name of ['CLICKHOUSE_CLUSTER', 'CLICKHOUSE_INSERT_QUORUM'])
      expect(config.get('otas-migrate')?.get(name)).toBe(config.get('otas-brain')?.get(name));
    expect(config.get('otas-brain')?.has('CLICKHOUSE_CLUSTER')).toBe(overlay === 'cluster');
    const known = [...settings.uasam, ...settings.brain].map((one) => one.name);
    expect(known).toEqual(expect.arrayContaining([...(config.get('otas-migrate')?.keys() ?? [])]));
  });

  test('every image is one of ours, of one version', () => {
    const { images = [] } = kustomizationIn(path.join(folder, 'overlays', overlay));
    expect(images.map((one) => one.name)).toEqual(jobs.map((name) => containerOf(name).image));
    for (const { newTag } of images) expect(newTag).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

test('no secret stands in a file, and each part gets only its own', () => {
  const keys = jobs.map((name) => {
    for (const { valueFrom } of containerOf(name).env) expect(valueFrom.secretKeyRef.name).toBe('otas');
    return containerOf(name).env.map((one) => one.valueFrom.secretKeyRef.key);
  });
  expect(keys).toEqual([
    ['DATABASE_URL', 'USER_TOKEN_SECRETS', 'SESSION_TOKEN_SECRETS', 'KEY_PEPPER', 'UASAM_SERVICE_TOKEN'],
    ['CLICKHOUSE_URL', 'CLICKHOUSE_READER_URL', 'SESSION_TOKEN_SECRETS', 'UASAM_SERVICE_TOKEN'],
    ['DATABASE_URL', 'CLICKHOUSE_MIGRATOR_URL'],
  ]);
  expect(all.map((one) => one.kind)).not.toContain('Secret');
  for (const { config } of Object.values(rendered))
    for (const name of [...config.values()].flatMap((one) => [...one.keys()]))
      expect(name).not.toMatch(/SECRET|PEPPER|PASSWORD|TOKEN|^(DATABASE|CLICKHOUSE)(_\w+)?_URL$/);
});

test.each(jobs)('%s is no root, cannot become it, and writes only to volumes and memory', (name) => {
  const pod = podOf(name);
  expect(pod.automountServiceAccountToken).toBe(false);
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  });
  expect(containerOf(name).securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(containerOf(name).volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
  expect(containerOf(name).resources.requests).toHaveProperty('memory');
  const limitMb = Number(/^(\d+)Mi$/.exec(containerOf(name).resources.limits.memory)?.[1]);
  expect(limitMb).toBeGreaterThanOrEqual(megabytes(compose.services[name] as Service));
});

test.each(services)('%s is asked on its own port whether it lives and whether it is ready', (name) => {
  const { ports = [], startupProbe, livenessProbe, readinessProbe } = containerOf(name);
  expect(ports[0]).toEqual({ name: 'public', containerPort: Number(portOf(name)) });
  expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'public' });
  for (const probe of [startupProbe, livenessProbe])
    expect(probe.httpGet).toEqual({ path: '/healthz', port: 'public' });
  const routes = [...read('packages/http-kit/src/health.ts').matchAll(/path: '(\S+)'/g)].map(
    ([, one]) => one,
  );
  expect(routes).toEqual(expect.arrayContaining(['/healthz', '/readyz']));
});

test('what is told to end goes on for a while, and then has the time that it takes for it', () => {
  for (const name of services) {
    const timeoutMs = settings[name].find((one) => one.name === 'SHUTDOWN_TIMEOUT_MS')?.defaultText;
    const delayMs = Number(rendered.single.config.get(`otas-${name}`)?.get('SHUTDOWN_DELAY_MS'));
    expect(delayMs).toBeGreaterThan(1000);
    expect(podOf(name).terminationGracePeriodSeconds * 1000).toBeGreaterThan(Number(timeoutMs) + delayMs);
  }
});

test('metrics have the port that the services are told, which only Prometheus reaches', () => {
  for (const name of services) {
    const port = Number(
      rendered.single.config.get(`otas-${name}`)?.get(`${name.toUpperCase()}_METRICS_PORT`),
    );
    expect(containerOf(name).ports).toContainEqual({ name: 'metrics', containerPort: port });
    const [rule] = find('NetworkPolicy', `${name}-metrics`).ingress;
    expect(rule.from).toHaveLength(1);
    expect(rule.ports).toEqual([{ port: 'metrics' }]);
  }
});

test('every service, policy, budget and scaler means pods and ports that there are', () => {
  const labels = (name: string) =>
    (find('Deployment', name) ?? find('StatefulSet', name)).template.metadata.labels;
  const portsOf = (selector: Record<string, string>) => {
    const name = selector['app.kubernetes.io/name'] as 'uasam' | 'brain';
    expect(services).toContain(name);
    expect(labels(name)).toMatchObject(selector);
    return new Map(containerOf(name).ports?.map((one) => [one.name, one.containerPort]));
  };
  for (const { kind, metadata, spec } of all) {
    if (kind === 'Service')
      for (const { port, targetPort } of spec.ports)
        expect(portsOf(spec.selector).get(targetPort)).toBe(port);
    if (kind === 'PodDisruptionBudget') expect(portsOf(spec.selector.matchLabels).size).toBeGreaterThan(0);
    if (kind === 'NetworkPolicy' && metadata.name !== 'otas-nobody')
      for (const { ports } of spec.ingress)
        for (const { port } of ports)
          expect([...portsOf(spec.podSelector.matchLabels).keys()]).toContain(port);
    if (kind === 'HorizontalPodAutoscaler')
      expect(find(spec.scaleTargetRef.kind, spec.scaleTargetRef.name)).toBeDefined();
  }
  expect(find('StatefulSet', 'brain').serviceName).toBe('brain-pods');
  expect(find('Service', 'brain-pods').clusterIP).toBe('None');
});

test('the internal routes of UASAM have a port of their own, which Brain alone reaches', () => {
  const { config, resources } = rendered.cluster;
  const internal = config.get('otas-uasam')?.get('UASAM_INTERNAL_PORT');
  expect(containerOf('uasam').ports).toContainEqual({ name: 'internal', containerPort: Number(internal) });
  expect(config.get('otas-brain')?.get('UASAM_INTERNAL_URL')).toBe(`http://uasam-internal:${internal}`);
  expect(config.get('otas-brain')?.get('UASAM_URL')).toBe(`http://uasam:${portOf('uasam')}`);
  const policies = resources.filter((one) => one.kind === 'NetworkPolicy');
  expect(find('NetworkPolicy', 'otas-nobody')).toEqual({
    podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'otas' } },
    policyTypes: ['Ingress'],
  });
  const rules = policies.flatMap(({ spec }) => spec.ingress ?? []);
  const open = rules.filter((rule) => rule.ports.some((one: { port: string }) => one.port === 'internal'));
  expect(open).toEqual([
    {
      from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'brain' } } }],
      ports: [{ port: 'internal' }],
    },
  ]);
  expect(rules.every((rule) => rule.ports.length > 0)).toBe(true);
  const base = parse(readFileSync(path.join(folder, 'base', 'kustomization.yaml'), 'utf8'));
  expect(base.labels).toEqual([{ pairs: { 'app.kubernetes.io/part-of': 'otas' }, includeTemplates: true }]);
});

test("Brain's log is on a volume of each pod, which outlives it, and ends before the volume does", () => {
  const brain = find('StatefulSet', 'brain');
  expect(brain.persistentVolumeClaimRetentionPolicy).toEqual({ whenScaled: 'Retain', whenDeleted: 'Retain' });
  const [claim] = brain.volumeClaimTemplates;
  const mount = containerOf('brain').volumeMounts.find((one) => one.name === claim.metadata.name);
  const logDir = /EVENT_LOG_DIR=(\S+)/.exec(read('infra/docker/Dockerfile'))?.[1];
  expect(logDir?.startsWith(`${mount?.mountPath}/`)).toBe(true);
  const bytes = Number(/^(\d+)Gi$/.exec(claim.spec.resources.requests.storage)?.[1]) * 2 ** 30;
  const logBytes = Number(rendered.single.config.get('otas-brain')?.get('EVENT_LOG_MAX_BYTES'));
  expect(logBytes / bytes).toBeLessThanOrEqual(0.8);
  expect(find('HorizontalPodAutoscaler', 'brain').behavior.scaleDown).toEqual({ selectPolicy: 'Disabled' });
});

test('the single overlay has one pod of each service, and the other at least two', () => {
  expect(kustomizationIn(path.join(folder, 'overlays', 'single')).replicas).toEqual(
    services.map((name) => ({ name, count: 1 })),
  );
  expect(rendered.single.resources.map((one) => one.kind)).not.toContain('HorizontalPodAutoscaler');
  for (const name of services) expect(find('HorizontalPodAutoscaler', name).minReplicas).toBe(2);
});
