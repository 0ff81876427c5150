import { createHttpServer, createLogger, listen, stopListening } from '@otas/http-kit';
import supertest from 'supertest';
import { createUasamApps } from '../../src/app';
import { type Config, readConfig } from '../../src/config';
import { Database } from '../../src/db/database';
import { migrate } from '../../src/db/migrate';
import { createDeps, type Deps } from '../../src/deps';

/** Environment of a service in a test: secrets that are none, and no limit per address. */
export const testEnvironment = {
  DATABASE_URL: process.env.TEST_DATABASE_URL ?? '',
  DATABASE_POOL_MAX: '4',
  USER_TOKEN_SECRETS: 'the secret of user tokens in the tests of UASAM',
  SESSION_TOKEN_SECRETS: 'the secret of session tokens in the tests of UASAM',
  KEY_PEPPER: 'the pepper of keys in the tests of UASAM',
  SERVICE_TOKENS: 'the token of other services in the tests of UASAM',
  AUTH_ATTEMPTS_PER_ADDRESS_PER_MINUTE: '0',
  LOG_LEVEL: 'silent',
};

export interface TestService {
  readonly url: string;
  readonly config: Config;
  readonly deps: Deps;
  readonly http: ReturnType<typeof supertest>;
  /** What the service takes for the present; null is the real one. */
  readonly clock: { now: Date | null };
  close(): Promise<void>;
}

/** The service over HTTP on a free port, in this process, on the tests' shared database or the given one. */
export async function startTestService(
  environment: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const config = readConfig({ ...testEnvironment, ...environment });
  await migrate(config.databaseUrl);
  const database = new Database({
    url: config.databaseUrl,
    poolMax: config.databasePoolMax,
    onIdleError: () => undefined,
  });
  const clock: { now: Date | null } = { now: null };
  const logger = createLogger('uasam', config.logLevel);
  const deps = await createDeps(config, logger, database, () => clock.now ?? new Date());
  const server = createHttpServer(createUasamApps(deps, () => false).main, config);
  const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
  const close = async (): Promise<void> => {
    await stopListening(server, 1000);
    await deps.agentKeyUses.stop();
    await deps.sdkKeyUses.stop();
    await deps.revocationSweep.stop();
    deps.limits.stop();
    await deps.recordEraser.stop();
    deps.tokenKeys.stop();
    await database.close();
  };
  return { url, config, deps, http: supertest(url), clock, close };
}
