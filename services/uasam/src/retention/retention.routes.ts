import { endpoint, type MountedEndpoint } from '@otas/http-kit';
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
    }),
  ];
}
