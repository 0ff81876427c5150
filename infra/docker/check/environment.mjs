import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * What each container of ours finds in its environment, as its image and docker-compose.yml say it, for this machine: what
 * compose demands of .env is a new secret, what it may find there has its default, databases, ports and the volume are those
 * that are here.
 *
 * @param {Record<string, object>} services of docker-compose.yml
 * @param {(target: string) => Record<string, string>} imageEnvOf the environment of a stage of the Dockerfile
 * @param {{databases: {postgres: string, clickhouse: string}, dataDir: string, ports: Map<string, string>}} machine
 *   URLs of the databases, what stands for the volume, and the free port for each port of a container
 * @returns {Record<string, Record<string, string>>} by service
 */
export function makeEnvironments(services, imageEnvOf, { databases, dataDir, ports }) {
  const secrets = new Map();
  const secretOf = (name) => {
    if (!secrets.has(name)) secrets.set(name, randomBytes(32).toString('hex'));
    return secrets.get(name);
  };
  const here = (name, value) => {
    if (name === 'HOST') return '127.0.0.1';
    if (name.endsWith('_PORT')) return ports.get(String(value));
    const filled = String(value)
      .replace(/\$\{(\w+):\?[^}]*\}/g, (_, secret) => secretOf(secret))
      .replace(/\$\{\w+:-([^}]*)\}/g, '$1');
    if (filled.startsWith('/var/lib/otas')) return filled.replace('/var/lib/otas', dataDir);
    if (/^postgres(?:ql)?:\/\//.test(filled)) return databases.postgres;
    if (filled.includes('@clickhouse:')) return databases.clickhouse;
    return filled.replace(/\/\/(?:uasam|brain):(\d+)/, (_, port) => `//127.0.0.1:${ports.get(port)}`);
  };
  const ours = Object.entries(services).filter(([, { build }]) => build !== undefined);
  return Object.fromEntries(
    ours.map(([service, { build, environment }]) => {
      const entries = Object.entries({ ...imageEnvOf(build.target), ...environment });
      return [service, Object.fromEntries(entries.map(([name, value]) => [name, here(name, value)]))];
    }),
  );
}

/** A free port for each that is named in one of the texts, as `NAME_PORT=number` or `NAME_PORT: number`. */
export async function findPorts(...texts) {
  const named = texts.flatMap((text) =>
    [...text.matchAll(/\w+_PORT[=:] *'?(\d+)/g)].map((match) => match[1]),
  );
  const ports = new Map();
  for (const port of new Set(named)) ports.set(port, await findFreePort());
  return ports;
}

async function findFreePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}
