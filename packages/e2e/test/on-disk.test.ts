import { findFreePort } from '../../../test/find-free-port';
import { send } from './support/http';
import { scrape, until } from './support/metrics';
import { type Services, startServices } from './support/services';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let metricsPort: number;
let tenant: Tenant;

beforeAll(async () => {
  metricsPort = await findFreePort();
  services = await startServices({
    CAPTURE_VISIBLE_WAIT_MS: '0',
    BRAIN_METRICS_PORT: String(metricsPort),
  });
});
afterAll(() => services.stop());
beforeEach(async () => {
  tenant = await makeTenant(services);
});

const log = () =>
  send('POST', `${services.brain.url}/api/v1/backend/log/agent/`, tenant.agent, minimalEvent(tenant));

test('a 201 that waits for the disk alone says so, and what is taken in goes into ClickHouse ten times a second', async () => {
  const before = await scrape(metricsPort);
  const startedMs = performance.now();
  const clients = Array.from({ length: 8 }, async () => {
    for (let event = 0; event < 50; event++) {
      expect(await log()).toMatchObject({ status: 201, body: { response: { visible: false } } });
    }
  });
  await Promise.all(clients);
  const events = await until(async () => {
    const read = await readSession(services, tenant);
    return read.length < 400 ? null : read;
  });
  const tookMs = performance.now() - startedMs;
  expect(new Set(events.map((event) => event.event_id)).size).toBe(400);
  const name = 'otas_clickhouse_inserts_total';
  const inserts = (await scrape(metricsPort)).sum(name) - before.sum(name);
  // The first one comes at once.
  expect(inserts).toBeLessThanOrEqual(1 + Math.ceil(tookMs / 100));
});
