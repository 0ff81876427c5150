import { ApiError } from '@otas/errors';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { originOf } from '../auth/client-address';
import type { Deps } from '../deps';
import { wireTime, wireTimeOrNull } from '../wire/answers';
import { parseAfter, parseErasureReport } from './erasures.schemas';
import type { Erasure } from './erasures.store';

const pageMax = 1000;

/** What other services erase from their stores, and that they have. */
export function erasureEndpoints({ erasures, serviceTokens, config, now }: Deps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/internal/v1/erasures/',
      authenticate: serviceTokens.service,
      query: parseAfter,
      status: 200,
      description: 'erasures_listed',
      handle: async ({ query: after }) => {
        // Before they are read: none of them is younger than it seems.
        const at = wireTime(now());
        const found = await erasures.list(after, pageMax + 1);
        const page = found.slice(0, pageMax).map(erasureAnswer);
        return { response: { now: at, has_more: found.length > pageMax, erasures: page } };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/internal/v1/erasures/done/',
      authenticate: serviceTokens.service,
      body: parseErasureReport,
      status: 200,
      description: 'erasure_noted',
      handle: async ({ body: { id, erased }, context }) => {
        const erasure = await erasures.find(id);
        if (erasure === null) throw new ApiError('erasure_not_found');
        const by = { kind: 'service', id: null, ...originOf(context, config.trustProxy) } as const;
        const change = { projectId: erasure.projectId, by, at: now() };
        return { response: { erasure: erasureAnswer(await erasures.finish(change, id, 'events', erased)) } };
      },
    }),
  ];
}

function erasureAnswer(erasure: Erasure): object {
  return {
    id: erasure.id,
    kind: erasure.kind,
    project_id: erasure.projectId,
    agent_id: erasure.agentId,
    session_id: erasure.sessionId,
    requested_at: wireTime(erasure.requestedAt),
    events_erased_at: wireTimeOrNull(erasure.eventsErasedAt),
    done_at: wireTimeOrNull(erasure.doneAt),
  };
}
