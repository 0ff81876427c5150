import { compose, dockerfile, ours, portOf, read, settings, stage } from './support/deployment';

test('every image of a registry is pinned to one version, and what ours are made from to one image', () => {
  const images = Object.values(compose.services).flatMap(({ image, build }) =>
    build === undefined ? [image] : [],
  );
  expect(images.length).toBeGreaterThan(3);
  for (const image of images) expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+[\w.-]*(?:@sha256:[0-9a-f]{64})?$/);
  expect(dockerfile).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-[\w-]+@sha256:[0-9a-f]{64}$/m);
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from, name]) => [from, name]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker replaces it.
  const base = '${NODE_IMAGE}';
  const [services, outsiders] = [
    ['uasam', 'brain', 'migrate'].map((name) => ['service', name]),
    ['build', 'service'],
  ];
  expect(stages).toEqual([...outsiders.map((name) => [base, name]), ...services]);
});

test('the services run on the major version of Node.js that the project asks for', () => {
  const { engines } = JSON.parse(read('package.json'));
  const [, major] = /^>=(\d+)\./.exec(engines.node) ?? [];
  expect(dockerfile).toMatch(new RegExp(`^ARG NODE_IMAGE=node:${major}\\.`, 'm'));
});

test('what git does not know does not get into the images either', () => {
  const inDocker = new Set(read('.dockerignore').split('\n'));
  for (const line of read('.gitignore')
    .split('\n')
    .filter((one) => one !== '')) {
    const name = line.replace(/\/$/, '');
    expect([inDocker.has(name), inDocker.has(`**/${name}`)]).toContain(true);
  }
  for (const name of ['.git', '.env', '.otas']) expect(inDocker).toContain(name);
});

test.each(['uasam', 'brain'] as const)('%s is built from its own stage, which exposes its port', (name) => {
  expect(ours[name].build).toMatchObject({ dockerfile: 'infra/docker/Dockerfile', target: name });
  expect(stage('service', name)).toContain(`EXPOSE ${portOf(name)}\n`);
  const ports = /^ENV (.*)$/m.exec(stage(`\${NODE_IMAGE}`, 'service'))?.[1];
  expect(ports).toContain(`${name.toUpperCase()}_PORT=${portOf(name)}`);
});

test('in a container the services listen on every interface, and not as root', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker replaces it.
  const service = stage('${NODE_IMAGE}', 'service');
  expect(service).toMatch(/^ENV .*\bHOST=0\.0\.0\.0\b/m);
  expect(service).toMatch(/^USER node$/m);
  for (const name of ['uasam', 'brain', 'migrate']) {
    expect(stage('service', name)).not.toMatch(/^USER /m);
    // A shell would keep signals to itself.
    expect(stage('service', name)).toMatch(/^CMD \["node", "[\w./]+"\]$/m);
  }
});

test('what a stage of a service says is known to be a setting', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker replaces it.
  const names = [...stage('${NODE_IMAGE}', 'service').matchAll(/\b([A-Z_]+)=/g)].map((match) => match[1]);
  const known = [...settings.uasam, ...settings.brain].map((setting) => setting.name);
  expect([...known, 'NODE_ENV']).toEqual(expect.arrayContaining(names));
});
