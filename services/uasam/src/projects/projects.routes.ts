import { ApiError } from '@otas/errors';
import { wire } from '@otas/event-schema';
import { authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import { z } from 'zod';
import type { Deps } from '../deps';
import { erasureAnswer, newErasure } from '../erasures/erasure-answer';
import { withPayload } from '../wire/answers';
import { setProjectActive, setRetention, updateProject } from './change-project';
import { createProject } from './create-project';
import { deleteProject } from './delete-project';
import {
  mapping,
  mappingAnswer,
  newProject,
  newProjectAnswer,
  project,
  projectAnswer,
} from './project-answers';
import { parseNewProject, parseProjectUpdate, parseRepeatedName, parseRetention } from './projects.schemas';

/** On the two routes that authenticate a mapping, one that is not valid is 400, and errors carry `Response` too. */
function onMappingError(error: ApiError): ApiError {
  const isMappingInvalid = error.code === 'user_project_mapping_invalid';
  return withPayload(isMappingInvalid ? new ApiError('user_project_mapping_unknown') : error, {
    Response: null,
  });
}

const tag = 'Projects';
const ofProject = z.object({ response_body: z.object({ project }) });

export function projectEndpoints(deps: Deps): MountedEndpoint[] {
  const { credentials } = deps;
  const memberOr400 = authentication('member or 400', credentials.member);
  const authenticateMapping = (path: string, name: string): MountedEndpoint =>
    endpoint({
      methods: ['POST'],
      path,
      authenticate: memberOr400,
      status: 200,
      description: 'user_project_mapping_authenticated',
      handle: ({ principal }) => ({ Response: mappingAnswer(principal) }),
      onError: onMappingError,
      about: {
        name,
        tag,
        summary: 'Tells who a user is in a project',
        answer: z.object({ Response: mapping }),
        errorPayload: z.object({ Response: z.null() }),
      },
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
      about: {
        name: isActive ? 'reactivateProject' : 'deactivateProject',
        tag,
        summary: isActive
          ? 'Makes a project active again'
          : 'Makes a project inactive: nobody reads or writes in it',
        answer: ofProject,
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
      about: {
        name: 'createProject',
        tag,
        summary: 'Makes a project, with the caller as its Admin',
        answer: z.object({ response_body: z.object({ project: newProject }) }),
        errors: ['project_creation_failed'],
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
      about: {
        name: 'listProjects',
        tag,
        summary: 'Lists the projects of a user, active or not',
        answer: z.object({ response_body: z.object({ projects: z.array(project) }) }),
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
      about: {
        name: 'updateProject',
        tag,
        summary: 'Changes the name, the description or the domain of a project',
        details: 'What is left out or null stays as it is; at least one of the three is sent.',
        answer: ofProject,
        errors: ['project_update_failed'],
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
      about: {
        name: 'setRetention',
        tag,
        summary: 'Sets how long the events of a project are kept',
        answer: z.object({ response_body: z.object({ project, default_retention_days: wire.count }) }),
        errors: ['invalid_request'],
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
      about: {
        name: 'deleteProject',
        tag,
        summary: 'Deletes a project with all that belongs to it',
        details:
          'The name is repeated, so that nobody deletes another one. Records and events are erased soon after.',
        answer: z.object({ response_body: z.object({ project_id: wire.uuid, erasure: newErasure }) }),
        errors: ['project_name_mismatch'],
      },
    }),
    authenticateMapping('/api/project/v1/authenticate/', 'authenticateProjectMember'),
    authenticateMapping('/api/user-project/v1/authenticate/', 'authenticateUserProject'),
  ];
}
