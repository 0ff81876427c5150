import { ApiError } from '@otas/errors';
import { wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import { originOf } from '../auth/client-address';
import type { Deps } from '../deps';
import { wireTime, wireTimeOrNull } from '../wire/answers';
import { parseAfter, parseErasureReport } from './erasures.schemas';
import type { Erasure } from './erasures.store';

const pageMax = 1000;

const erasure = z
  .object({
    id: wire.uuid,
    kind: z.enum(['project', 'agent', 'session']),
    project_id: wire.uuid,
    agent_id: wire.uuid.nullable(),
    session_id: wire.uuid.nullable(),
    requested_at: wire.time,
    events_erased_at: wire.time.nullable(),
    done_at: wire.time.nullable(),
  })
  .meta({ id: 'Erasure' });

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
      about: {
        name: 'listErasures',
        tag: 'Feeds',
        summary: 'Lists what is to be erased from every store, oldest first',
        answer: z.object({
          response: z.object({ now: wire.time, has_more: z.boolean(), erasures: z.array(erasure) }),
        }),
        errors: ['invalid_cursor', 'database_unavailable'],
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
        const found = await erasures.find(id);
        if (found === null) throw new ApiError('erasure_not_found');
        const by = { kind: 'service', id: null, ...originOf(context, config.trustProxy) } as const;
        const change = { projectId: found.projectId, by, at: now() };
        return { response: { erasure: erasureAnswer(await erasures.finish(change, id, 'events', erased)) } };
      },
      about: {
        name: 'reportErasure',
        tag: 'Feeds',
        summary: 'Notes that nothing of an erasure is left in the store of the caller',
        answer: z.object({ response: z.object({ erasure }) }),
        errors: ['invalid_request', 'erasure_not_found', 'database_unavailable'],
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
