import { type Health, healthEndpoints, type MountedEndpoint } from '@otas/http-kit';
import { accessEndpoints } from './access/access.routes';
import { agentEndpoints } from './agents/agents.routes';
import { auditEndpoints } from './audit/audit.routes';
import type { Deps } from './deps';
import { memberEndpoints } from './members/members.routes';
import { projectEndpoints } from './projects/projects.routes';
import { sdkKeyEndpoints } from './sdk-keys/sdk-keys.routes';
import { sessionEndpoints } from './sessions/sessions.routes';
import { tokenKeyEndpoints } from './token-keys/token-keys.routes';
import { userEndpoints } from './users/users.routes';

/**
 * Every endpoint of the service. Who may call them, by the credentials that they declare:
 *
 *     /api/user/v1/          create/ login/                               anybody, limited per address
 *                            authenticate/ edit/ reset-password/update/
                              logout-everywhere/                         user
 *     /api/project/v1/       create/ list/                                user
 *                            authenticate/                                member (also /api/user-project/v1/…)
 *                            update/                                      admin
 *                            deactivate/ reactivate/ audit/ audit/verify/   admin, also of an inactive project
 *       …members/            accept/                                      user
 *                            list/ remove/                                member
 *                            invite/ invite/revoke/ privilege/            admin
 *       …sdk/backend/key/    create/ list/ revoke/                        admin
 *                            authenticate/                                SDK key
 *     /api/agent/v1/         list/ user/authenticate/ sessions/list/      member
 *                            create/ update/ deactivate/ reactivate/
 *                              agents/key/create/ agents/key/revoke/      admin
 *                            auth/verify/ session/create/                 agent key
 *                            access/ access/agents/ access/sessions/      user, agent key or SDK key
 *     /.well-known/          jwks.json                                   anybody
 *     /healthz /readyz                                                    anybody
 */
export function allEndpoints(deps: Deps, health: Health): MountedEndpoint[] {
  return [
    ...userEndpoints(deps),
    ...projectEndpoints(deps),
    ...memberEndpoints(deps),
    ...sdkKeyEndpoints(deps),
    ...auditEndpoints(deps),
    ...agentEndpoints(deps),
    ...sessionEndpoints(deps),
    ...accessEndpoints(deps),
    ...tokenKeyEndpoints(deps),
    ...healthEndpoints(health),
  ];
}
