import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { authorize } from './authorize';
import { parseAuthorize } from './authorize.schemas';
import { grant, refusal, verdictAnswer } from './authorize-answers';

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
      about: {
        name: 'authorize',
        tag: 'Authorisation',
        summary: 'Tells whether the holder of a credential may do something',
        details: 'A refusal is an answer too; `reason` is the first check that failed.',
        answer: [
          { description: 'authorized', payload: z.object({ response: grant }) },
          { description: 'refused', payload: z.object({ response: refusal }) },
        ],
        errors: ['invalid_request', 'database_unavailable'],
      },
    }),
  ];
}
