import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { authorize } from './authorize';
import { parseAuthorize } from './authorize.schemas';
import { verdictAnswer } from './authorize-answers';

/** What other services ask of a credential that somebody sent them: whose it is, and whether it is enough. */
export function authorizeEndpoints(deps: Deps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['POST'],
      path: '/internal/v1/authorize/',
      authenticate: deps.serviceTokens.service,
      body: parseAuthorize,
      status: 200,
      handle: async ({ body }) => verdictAnswer(await authorize(deps, body)),
    }),
  ];
}
