import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from '../install.mjs';

const require = createRequire(import.meta.url);
const built = (file) => require(path.join(root, file));

/** Nothing is sent to any of these: a store is reached with the first request to it. */
const nowhere = { postgres: 'postgresql://127.0.0.1:1/otas', clickhouse: 'http://127.0.0.1:1' };
const secret = 'a secret that nothing is signed with';

/** The endpoints of both services, as `main.ts` mounts them, by the service's name. */
export async function listRoutes() {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-routes-'));
  try {
    return { UASAM: await listUasam(), Brain: listBrain(dir) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function listUasam() {
  const { readConfig } = built('services/uasam/dist/config.js');
  const { createDeps } = built('services/uasam/dist/deps.js');
  const { Database } = built('services/uasam/dist/db/database.js');
  const { createLogger } = built('packages/http-kit/dist');
  const { publicEndpoints, internalEndpoints, healthOf } = built('services/uasam/dist/routes.js');
  const config = readConfig({
    DATABASE_URL: nowhere.postgres,
    USER_TOKEN_SECRETS: secret,
    SESSION_TOKEN_SECRETS: secret,
    KEY_PEPPER: secret,
    SERVICE_TOKENS: secret,
  });
  const database = new Database({ url: config.databaseUrl, poolMax: 1, onIdleError: () => undefined });
  const deps = await createDeps(config, createLogger('uasam', 'silent'), database);
  return [...publicEndpoints(deps), ...internalEndpoints(deps), ...healthOf(deps, () => false)];
}

function listBrain(dir) {
  const { readBrainConfig } = built('services/brain/dist/config.js');
  const { createDeps } = built('services/brain/dist/deps.js');
  const { routes } = built('services/brain/dist/routes.js');
  const config = readBrainConfig({
    CLICKHOUSE_URL: nowhere.clickhouse,
    SESSION_TOKEN_SECRETS: secret,
    UASAM_SERVICE_TOKEN: secret,
    EVENT_LOG_DIR: dir,
    LOG_LEVEL: 'silent',
  });
  return routes(createDeps(config, 1), () => false);
}
