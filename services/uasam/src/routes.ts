import { healthEndpoints, type MountedEndpoint } from '@otas/http-kit';
import { accessEndpoints } from './access/access.routes';
import { agentKeyEndpoints } from './agents/agent-keys.routes';
import { agentEndpoints } from './agents/agents.routes';
import { auditEndpoints } from './audit/audit.routes';
import type { Deps } from './deps';
import { erasureEndpoints } from './erasures/erasures.routes';
import { authorizeEndpoints } from './internal/authorize.routes';
import { memberEndpoints } from './members/members.routes';
import { projectEndpoints } from './projects/projects.routes';
import { retentionEndpoints } from './retention/retention.routes';
import { revocationEndpoints } from './revocations/revocations.routes';
import { sdkKeyEndpoints } from './sdk-keys/sdk-keys.routes';
import { sessionEndpoints } from './sessions/sessions.routes';
import { tokenKeyEndpoints } from './token-keys/token-keys.routes';
import { userEndpoints } from './users/users.routes';

const readinessTimeoutMs = 2000;

/**
 * Every endpoint of the service's own port. Who may call them, by the credentials that they declare:
 *
 *     /api/user/v1/          create/ login/                               anybody, limited per address
 *                            authenticate/ edit/ reset-password/update/
                              logout-everywhere/                         user
 *     /api/project/v1/       create/ list/                                user
 *                            authenticate/                                member (also /api/user-project/v1/…)
 *                            update/ retention/                           admin
 *                            deactivate/ reactivate/ delete/ audit/
                              audit/verify/                              admin, also of an inactive project
 *       …members/            accept/                                      user
 *                            list/ remove/                                member
 *                            invite/ invite/revoke/ privilege/            admin
 *       …sdk/backend/key/    create/ rotate/ list/ revoke/                admin
 *                            authenticate/                                SDK key
 *     /api/agent/v1/         list/ user/authenticate/ sessions/list/      member
 *                            create/ update/ deactivate/ reactivate/
 *                              delete/                                    admin
 *                            auth/verify/ session/create/                 agent key
 *                            session/end/                                 agent key and session token, or admin
 *                            session/revoke/ session/delete/              admin
 *                            access/ access/agents/ access/sessions/      user, agent key or SDK key
 *       …agents/key/         create/ add/ rotate/ list/ revoke/           admin
 *     /.well-known/          jwks.json                                    anybody
 *     /healthz /readyz                                                    anybody (`healthOf`, on every port)
 */
export function publicEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    ...userEndpoints(deps),
    ...projectEndpoints(deps),
    ...memberEndpoints(deps),
    ...sdkKeyEndpoints(deps),
    ...auditEndpoints(deps),
    ...agentEndpoints(deps),
    ...agentKeyEndpoints(deps),
    ...sessionEndpoints(deps),
    ...accessEndpoints(deps),
    ...tokenKeyEndpoints(deps),
  ];
}

/**
 * What other services of the installation ask, with a token of their own (`X-OTAS-SERVICE-TOKEN`).
 *
 *     /internal/v1/          authorize/ revocations/ erasures/ erasures/done/ retention/
 */
export function internalEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    ...authorizeEndpoints(deps),
    ...revocationEndpoints(deps),
    ...erasureEndpoints(deps),
    ...retentionEndpoints(deps),
  ];
}

export function healthOf({ database }: Pick<Deps, 'database'>, isStopping: () => boolean): MountedEndpoint[] {
  const checks = { postgres: () => database.ping() };
  return healthEndpoints({ checks, isStopping, checkTimeoutMs: readinessTimeoutMs });
}
