import path from 'node:path';
import { documentationEndpoints, healthEndpoints, type MountedEndpoint } from '@otas/http-kit';
import { agentEventsEndpoints } from './agent-events/agent-events.routes';
import { agentsEndpoints } from './agents/agents.routes';
import { accountsEndpoints } from './capture/accounts.routes';
import { captureEndpoints } from './capture/capture.routes';
import type { Deps } from './deps';
import { exportEndpoints } from './export/export.routes';
import { otlpEndpoints } from './otlp/otlp.routes';
import { readEndpoints } from './reads/reads.routes';
import { timelineEndpoints } from './timeline/timeline.routes';

const checkTimeoutMs = 2000;

/** Every route of Brain. */
export function routes(deps: Deps, isStopping: () => boolean): MountedEndpoint[] {
  return [
    ...captureEndpoints(deps),
    ...otlpEndpoints(deps),
    ...accountsEndpoints(deps),
    ...readEndpoints(deps),
    ...exportEndpoints(deps),
    ...agentsEndpoints(deps),
    ...agentEventsEndpoints(deps),
    ...timelineEndpoints(deps),
    ...documentationEndpoints(path.join(__dirname, '..', 'openapi.json')),
    ...healthEndpoints({ checks: { clickhouse: () => deps.store.check() }, isStopping, checkTimeoutMs }),
  ];
}
