import { wire } from '@otas/event-schema';
import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';

/** How long other services keep the events of projects. */
export function retentionEndpoints({ projects, serviceTokens, config }: Deps): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['GET'],
      path: '/internal/v1/retention/',
      authenticate: serviceTokens.service,
      status: 200,
      description: 'retention_listed',
      handle: async () => {
        const own = await projects.listRetention();
        const shown = own.map(({ id, retentionDays }) => ({ project_id: id, retention_days: retentionDays }));
        return { response: { default_days: config.retentionDays, projects: shown } };
      },
      about: {
        name: 'listRetention',
        tag: 'Feeds',
        summary: 'Tells for how many days the events of projects are kept; 0 is for ever',
        answer: z.object({
          response: z.object({
            default_days: wire.count,
            projects: z.array(z.object({ project_id: wire.uuid, retention_days: wire.count })),
          }),
        }),
        errors: ['database_unavailable'],
      },
    }),
  ];
}
