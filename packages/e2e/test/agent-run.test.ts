import { readFileSync } from 'node:fs';
import path from 'node:path';
import { agentEventClient } from './support/agent-event-client';
import { type AgentRun, toAgentEvents } from './support/agent-run';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { readRecorded } from './support/v2-models';

/** Another run may be named, as a coding agent has written it down. */
const file = process.env.OTAS_AGENT_RUN ?? path.join(__dirname, 'fixtures', 'agent-run.json');

let services: Services;
let tenant: Tenant;
const { record, readAll } = agentEventClient(
  () => services,
  () => tenant,
);
beforeAll(async () => {
  services = await startServices();
  tenant = await makeTenant(services);
});
afterAll(() => services.stop());

test('the run of an agent, recorded as events, is read back complete and in order', async () => {
  const run: AgentRun = JSON.parse(readFileSync(file, 'utf8'));
  const sent = toAgentEvents(run, Date.now() - 3_600_000);
  expect(sent.length).toBeGreaterThan(run.history.length);
  readRecorded(await record({ events: sent }));
  const read = await readAll(7);
  expect(read).toHaveLength(sent.length);
  for (const [at, event] of read.entries()) expect(event).toMatchObject({ ...sent[at] });
  // An agent may use the id of a call again for a later one.
  const started = new Map<unknown, number>();
  const took = read.flatMap(({ type, tool_call_id: id, created_at: at }) => {
    if (type === 'tool_input') started.set(id, Date.parse(at));
    return type === 'tool_output' ? [Date.parse(at) - (started.get(id) ?? 0)] : [];
  });
  expect(took).toEqual(run.trajectory.map((step) => Math.round(step.execution_time * 1000)));
});
