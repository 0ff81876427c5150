import { findFaults } from './openapi/find-faults';
import { watchFetch } from './openapi/watch-fetch';
import { watchHttp } from './openapi/watch-http';

/**
 * In each test that asks a service: an answer that `openapi.json` does not describe fails the test, and so does a request that
 * succeeded and is not what is described.
 */
const faults = new Set<string>();
const onExchange = (exchange: Parameters<typeof findFaults>[0]): void => {
  for (const fault of findFaults(exchange)) faults.add(fault);
};

async function expectNoFaults(settle: () => Promise<unknown>): Promise<void> {
  await settle();
  const found = [...faults];
  faults.clear();
  if (found.length > 0) throw new Error(`openapi.json does not describe this:\n${found.join('\n')}`);
}

const testPath = expect.getState().testPath ?? '';
const isOfService = /\/(?:services\/\w+|e2e)\/test\//.test(testPath);
// Tests of packages have servers with routes of their own, and so has this one.
const hasOwnRoutes = testPath.endsWith('/services/brain/test/session-access.test.ts');
if (isOfService && !hasOwnRoutes) {
  const settle = watchFetch(onExchange);
  const stop = watchHttp(onExchange);
  afterEach(() => expectNoFaults(settle));
  afterAll(() => {
    stop();
    return expectNoFaults(settle);
  });
}
