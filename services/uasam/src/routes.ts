import path from 'node:path';
import { documentationEndpoints, healthEndpoints, type MountedEndpoint } from '@otas/http-kit';
import { accessEndpoints } from './access/access.routes';
import { agentKeyEndpoints } from './agents/agent-keys.routes';
import { agentEndpoints } from './agents/agents.routes';
import { auditEndpoints } from './audit/audit.routes';
import type { Deps } from './deps';
import { erasureEndpoints } from './erasures/erasures.routes';
import { authorizeEndpoints } from './internal/authorize.routes';
import { manifestEndpoints } from './manifest/manifest.routes';
import { memberEndpoints } from './members/members.routes';
import { projectEndpoints } from './projects/projects.routes';
import { retentionEndpoints } from './retention/retention.routes';
import { revocationEndpoints } from './revocations/revocations.routes';
import { sdkKeyEndpoints } from './sdk-keys/sdk-keys.routes';
import { sessionEndpoints } from './sessions/sessions.routes';
import { tokenKeyEndpoints } from './token-keys/token-keys.routes';
import { userEndpoints } from './users/users.routes';

const readinessTimeoutMs = 2000;

/** Every endpoint of the service's own port. Each path, and who may call it, stands in docs/access.md, which is written from this list. */
export function publicEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    ...userEndpoints(deps),
    ...projectEndpoints(deps),
    ...memberEndpoints(deps),
    ...sdkKeyEndpoints(deps),
    ...auditEndpoints(deps),
    ...agentEndpoints(deps),
    ...agentKeyEndpoints(deps),
    ...manifestEndpoints(deps),
    ...sessionEndpoints(deps),
    ...accessEndpoints(deps),
    ...tokenKeyEndpoints(deps),
    ...documentationEndpoints(path.join(__dirname, '..', 'openapi.json')),
  ];
}

/** What other services of the installation ask, with a token of their own (`X-OTAS-SERVICE-TOKEN`). */
export function internalEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    ...authorizeEndpoints(deps),
    ...revocationEndpoints(deps),
    ...erasureEndpoints(deps),
    ...retentionEndpoints(deps),
  ];
}

/** What tells how the service is; on every port. */
export function healthOf({ database }: Pick<Deps, 'database'>, isStopping: () => boolean): MountedEndpoint[] {
  const checks = { postgres: () => database.ping() };
  return healthEndpoints({ checks, isStopping, checkTimeoutMs: readinessTimeoutMs });
}
