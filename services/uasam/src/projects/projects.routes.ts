import { ApiError } from '@otas/errors';
import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import type { Deps } from '../deps';
import { erasureAnswer } from '../erasures/erasure-answer';
import { withPayload } from '../wire/answers';
import { setProjectActive, setRetention, updateProject } from './change-project';
import { createProject } from './create-project';
import { deleteProject } from './delete-project';
import { mappingAnswer, newProjectAnswer, projectAnswer } from './project-answers';
import { parseNewProject, parseProjectUpdate, parseRepeatedName, parseRetention } from './projects.schemas';

/** On the two routes that authenticate a mapping, one that is not valid is 400, and errors carry `Response` too. */
function onMappingError(error: ApiError): ApiError {
  const isMappingInvalid = error.code === 'user_project_mapping_invalid';
  return withPayload(isMappingInvalid ? new ApiError('user_project_mapping_unknown') : error, {
    Response: null,
  });
}

export function projectEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;
  const memberOr400 = authentication('member or 400', credentials.member);
  const authenticateMapping = (path: string): MountedEndpoint =>
    endpoint({
      methods: ['POST'],
      path,
      authenticate: memberOr400,
      status: 200,
      description: 'user_project_mapping_authenticated',
      handle: ({ principal }) => ({ Response: mappingAnswer(principal) }),
      onError: onMappingError,
    });

  const switchActive = (path: string, isActive: boolean): MountedEndpoint =>
    endpoint({
      methods: ['POST'],
      path,
      authenticate: credentials.adminOfAny,
      status: 200,
      description: isActive ? 'project_reactivated' : 'project_deactivated',
      handle: async ({ principal }) => {
        const project = await setProjectActive(deps, principal, isActive);
        return { response_body: { project: projectAnswer(project) } };
      },
    });

  return [
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/create/',
      authenticate: credentials.user,
      body: parseNewProject,
      status: 201,
      description: 'project_created',
      handle: async ({ principal, body }) => {
        const project = await createProject(deps, principal, body);
        return { response_body: { project: newProjectAnswer(project) } };
      },
    }),
    endpoint({
      methods: ['GET'],
      path: '/api/project/v1/list/',
      authenticate: credentials.user,
      status: 200,
      description: 'projects_listed',
      handle: async ({ principal }) => {
        const projects = await deps.projects.listOfUser(principal.user.id);
        return { response_body: { projects: projects.map(projectAnswer) } };
      },
    }),
    endpoint({
      methods: ['PUT', 'POST'],
      path: '/api/project/v1/update/',
      authenticate: credentials.admin,
      body: parseProjectUpdate,
      status: 200,
      description: 'project_updated',
      handle: async ({ principal, body }) => {
        const project = await updateProject(deps, principal, body);
        return { response_body: { project: projectAnswer(project) } };
      },
    }),
    switchActive('/api/project/v1/deactivate/', false),
    switchActive('/api/project/v1/reactivate/', true),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/retention/',
      authenticate: credentials.admin,
      body: parseRetention,
      status: 200,
      description: 'project_retention_changed',
      handle: async ({ principal, body: days }) => {
        const project = await setRetention(deps, principal, days);
        const answer = { project: projectAnswer(project), default_retention_days: deps.config.retentionDays };
        return { response_body: answer };
      },
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/project/v1/delete/',
      authenticate: credentials.adminOfAny,
      body: parseRepeatedName,
      status: 200,
      description: 'project_deleted',
      handle: async ({ principal, body: name }) => {
        const erasure = await deleteProject(deps, principal, name);
        return { response_body: { project_id: principal.project.id, erasure: erasureAnswer(erasure) } };
      },
    }),
    authenticateMapping('/api/project/v1/authenticate/'),
    authenticateMapping('/api/user-project/v1/authenticate/'),
  ];
}
