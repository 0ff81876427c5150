import { answers } from '../access/answers.mjs';

/** How each credential is sent: the security schemes of the documents. */
const inHeader = (name, description) => ({ type: 'apiKey', in: 'header', name, description });
export const securitySchemes = {
  UserToken: inHeader('X-OTAS-USER-TOKEN', 'The token of a user, from sign-up or login; good for 30 days.'),
  AgentKey: inHeader('X-OTAS-AGENT-KEY', 'The key of an agent: `agent_<prefix>_<secret>`.'),
  SdkKey: inHeader('X-OTAS-SDK-KEY', 'The key of a back end of a project: `otas_<prefix>_<secret>`.'),
  SessionToken: inHeader(
    'X-OTAS-AGENT-SESSION-TOKEN',
    'The token of an agent session, from `session/create`; good for 30 days, or until the session ends.',
  ),
  ServiceToken: inHeader('X-OTAS-SERVICE-TOKEN', 'The token of another service of the installation.'),
  ApiKey: inHeader('X-API-Key', 'An SDK key, an agent key or the token of a user.'),
  Bearer: { type: 'http', scheme: 'bearer', description: 'The same as in `X-API-Key`.' },
};

const uuidHeader = (name, description, required) => ({
  ...{ name, in: 'header', required, description },
  schema: { type: 'string', examples: ['019ab2c4-6f00-7c3e-9a51-3b8f0d4c7e12'] },
});

/** Headers of requests, by their names among the components. */
export const headerParameters = {
  Project: uuidHeader('X-OTAS-PROJECT-ID', 'Which project: a UUID.', true),
  Agent: uuidHeader('X-OTAS-AGENT-ID', 'Which agent of the project: a UUID.', true),
  ProjectIfSeveral: uuidHeader('X-OTAS-PROJECT-ID', 'Which of the projects of the user: a UUID.', false),
  ProjectIfUser: uuidHeader('X-OTAS-PROJECT-ID', 'With the token of a user: which project, a UUID.', false),
  RequestId: {
    name: 'X-Request-Id',
    in: 'header',
    description: 'An id of your own, 1 to 128 visible ASCII characters; it comes back.',
    schema: { type: 'string', examples: ['4bf92f3577b34da6a3ce929d0e0e4736'] },
  },
};

const uasamAway = ['auth_service_timeout', 'auth_service_error'];
const ofProject = {
  any: [['UserToken']],
  headers: ['Project'],
  errors: ['missing_headers', 'database_unavailable'],
};
const ofKey = (...names) => ({ any: [names], errors: ['database_unavailable'] });
const caller = {
  any: [['UserToken'], ['AgentKey'], ['SdkKey']],
  headers: ['ProjectIfSeveral'],
  errors: ['database_unavailable'],
};
const v2 = {
  any: [['ApiKey'], ['Bearer']],
  headers: ['ProjectIfSeveral'],
  errors: ['invalid_request', 'agent_not_found', 'session_not_found', 'service_unavailable'],
};

/**
 * What each class of callers sends (one of `any`, all of its names together, and `headers`), and errors that it may get from
 * the step that looks at that, beside those in the table of who may do what.
 */
const credentials = {
  anybody: { any: [] },
  user: { any: [['UserToken']], errors: ['database_unavailable'] },
  member: ofProject,
  'member or 400': ofProject,
  admin: ofProject,
  'admin or oneself': ofProject,
  'admin of any': ofProject,
  'agent key': ofKey('AgentKey'),
  'capturing agent key': ofKey('AgentKey'),
  'SDK key': ofKey('SdkKey'),
  'session ender': {
    any: [['AgentKey', 'SessionToken'], ['UserToken']],
    headers: ['ProjectIfUser'],
    errors: ['missing_headers', 'database_unavailable'],
  },
  caller,
  'caller of an agent': caller,
  service: ofKey('ServiceToken'),

  'capturing agent': { any: [['AgentKey', 'SessionToken']], errors: uasamAway },
  'capturing back end': { any: [['SdkKey', 'SessionToken']], errors: uasamAway },
  exporter: {
    any: [['SdkKey', 'SessionToken'], ['AgentKey', 'SessionToken'], ['SdkKey'], ['AgentKey']],
    errors: uasamAway,
  },
  reader: {
    any: [['UserToken']],
    headers: ['Project', 'Agent'],
    errors: ['missing_agent_id', 'missing_project_id', 'agent_not_found', ...uasamAway],
  },
  'project admin': {
    any: [['UserToken']],
    headers: ['Project'],
    errors: ['missing_project_id', ...uasamAway],
  },

  'v2 caller': { ...v2, errors: ['invalid_request', 'service_unavailable'] },
  'v2 reader': v2,
  'v2 editor': v2,
  'v2 admin': v2,
  'v2 agent': { ...v2, any: [['AgentKey', 'SessionToken']], headers: [] },
};

/** What a route of a class asks of its callers, as OpenAPI has it, and the codes of the errors that the class may get. */
export function credentialsOf(who) {
  if (!(who in credentials)) throw new Error(`scripts/openapi/credentials.mjs does not know "${who}"`);
  const { any, headers = [], errors = [] } = credentials[who];
  const told = Object.keys(answers[who]).filter((code) => code !== 'yes' && code !== 'own');
  return {
    security: any.map((names) => Object.fromEntries(names.map((name) => [name, []]))),
    headers,
    errors: [...told, ...errors],
  };
}
