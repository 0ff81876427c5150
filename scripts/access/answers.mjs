import { namesOf } from './callers.mjs';

/** Whoever comes in no other row of a class. */
const others = 'others';

const but = (names, ...without) => names.filter((name) => !without.includes(name));
const outsiders = namesOf('outsiders');
const badTokens = namesOf('bad user tokens');
const badAgentKeys = namesOf('bad agent keys');
const badSdkKeys = namesOf('bad SDK keys');
const otherBackEnd = 'back end of another project';
const otherAgents = but(namesOf('keys of others'), otherBackEnd);
const goodAgents = namesOf('agents');
const goodBackEnds = namesOf('back ends');
const readingAgents = but(goodAgents, 'agent that may only capture');
const readingBackEnds = but(goodBackEnds, 'back end that may only capture');
const capturingOnly = ['agent that may only capture', 'back end that may only capture'];
const writingAgents = ['agent', 'agent that may only capture'];
const writingBackEnds = ['back end', 'back end that may only capture'];

const noUser = { invalid_token: badTokens, missing_headers: [others] };
const noMember = { user_project_mapping_invalid: outsiders, ...noUser };
const noReader = { invalid_token: badTokens, missing_user_token: [others] };
const admin = { yes: ['admin'], forbidden: ['member'], ...noMember };
const unauthorized = { unauthorized: [others] };

/**
 * What each class of endpoints answers to whom: `yes`, `own` (a success that shows and changes nothing but the caller's
 * own), or the code of an error. Routes name their class in their `authenticate` step.
 */
export const answers = {
  anybody: { yes: [others] },
  user: {
    yes: ['admin', 'member'],
    own: outsiders,
    invalid_token: badTokens,
    missing_token: [others],
  },
  member: { yes: ['admin', 'member'], ...noMember },
  'member or 400': { yes: ['admin', 'member'], user_project_mapping_unknown: outsiders, ...noUser },
  admin,
  'admin or oneself': admin,
  'admin of any': {
    ...admin,
    yes: ['admin', 'admin of an inactive project'],
    user_project_mapping_invalid: but(outsiders, 'admin of an inactive project'),
  },
  'agent key': { yes: goodAgents, own: otherAgents, invalid_agent_key: [others] },
  'capturing agent key': {
    yes: but(goodAgents, 'agent that may only read'),
    own: otherAgents,
    insufficient_scope: ['agent that may only read'],
    invalid_agent_key: [others],
  },
  'SDK key': {
    yes: goodBackEnds,
    own: [otherBackEnd],
    sdk_key_rejected: badSdkKeys,
    sdk_key_missing: [others],
  },
  'session ender': {
    yes: ['admin', ...writingAgents, 'agent in an ended session', 'agent in a revoked session'],
    forbidden: ['member'],
    ...noMember,
    invalid_agent_key: badAgentKeys,
    insufficient_scope: ['agent that may only read'],
    missing_agent_session_token: ['agent without session token'],
    invalid_or_expired_token: ['agent with a forged session token'],
    session_agent_mismatch: otherAgents,
    invalid_request: ['agent in another session of its own'],
  },
  caller: {
    yes: ['admin', 'member', ...readingAgents, ...readingBackEnds],
    own: [...otherAgents, otherBackEnd],
    forbidden: outsiders,
    insufficient_scope: capturingOnly,
    ...unauthorized,
  },
  'caller of an agent': {
    yes: ['admin', 'member', ...readingAgents, ...readingBackEnds],
    forbidden: [...outsiders, ...otherAgents, otherBackEnd],
    insufficient_scope: capturingOnly,
    ...unauthorized,
  },
  service: { yes: ['service'], invalid_service_token: [others] },

  'capturing agent': {
    yes: [...writingAgents, 'agent in another session of its own'],
    insufficient_scope: ['agent that may only read'],
    session_agent_mismatch: otherAgents,
    missing_agent_session_token: ['agent without session token'],
    invalid_or_expired_token: [
      ...['agent in an ended session', 'agent in a revoked session', 'agent with a forged session token'],
    ],
    invalid_or_expired_agent_key: badAgentKeys,
    missing_agent_key: [others],
  },
  'capturing back end': {
    yes: writingBackEnds,
    insufficient_scope: ['back end that may only read'],
    session_project_mismatch: [otherBackEnd],
    missing_agent_session_token: ['back end without session token'],
    invalid_or_expired_token: [
      ...['back end in an ended session', 'back end in a revoked session'],
      'back end with a forged session token',
    ],
    invalid_sdk_key: badSdkKeys,
    missing_sdk_key: [others],
  },
  exporter: {
    yes: [...writingAgents, 'agent in another session of its own', ...writingBackEnds],
    insufficient_scope: ['agent that may only read', 'back end that may only read'],
    session_agent_mismatch: otherAgents,
    session_project_mismatch: [otherBackEnd],
    missing_agent_session_token: ['agent without session token', 'back end without session token'],
    invalid_or_expired_token: [
      ...['agent in an ended session', 'agent in a revoked session', 'agent with a forged session token'],
      ...['back end in an ended session', 'back end in a revoked session'],
      'back end with a forged session token',
    ],
    invalid_or_expired_agent_key: badAgentKeys,
    invalid_sdk_key: badSdkKeys,
    ...unauthorized,
  },
  reader: { yes: ['admin', 'member'], user_project_mapping_invalid: outsiders, ...noReader },
  'project admin': {
    yes: ['admin'],
    forbidden: ['member'],
    user_project_mapping_invalid: outsiders,
    ...noReader,
  },

  'v2 caller': {
    yes: ['admin', 'member', ...readingAgents, ...readingBackEnds],
    own: [...otherAgents, otherBackEnd],
    forbidden: [...outsiders, ...capturingOnly],
    ...unauthorized,
  },
  'v2 reader': {
    yes: ['admin', 'member', ...readingAgents, ...readingBackEnds],
    forbidden: [...outsiders, ...otherAgents, otherBackEnd, ...capturingOnly],
    ...unauthorized,
  },
  'v2 editor': {
    yes: ['admin', ...but(goodBackEnds, 'back end that may only read')],
    forbidden: [
      'member',
      ...outsiders,
      ...goodAgents,
      ...otherAgents,
      otherBackEnd,
      'back end that may only read',
    ],
    ...unauthorized,
  },
  'v2 admin': {
    yes: ['admin'],
    forbidden: ['member', ...outsiders, ...goodAgents, ...otherAgents, ...goodBackEnds, otherBackEnd],
    ...unauthorized,
  },
  'v2 agent': {
    yes: writingAgents,
    forbidden: ['agent that may only read', 'agent in another session of its own', ...otherAgents],
    ...unauthorized,
  },
};

/** The answers of a class by the names of callers. @throws Error unless each caller has exactly one. */
export function answersOf(who) {
  if (!(who in answers)) throw new Error(`scripts/access/answers.mjs does not know "${who}"`);
  const rows = Object.entries(answers[who]);
  const named = rows.flatMap(([, names]) => names).filter((name) => name !== others);
  const all = namesOf();
  const unknown = named.find((name, at) => !all.includes(name) || named.indexOf(name) !== at);
  if (unknown !== undefined) throw new Error(`"${who}" names "${unknown}" twice, or there is no such caller`);
  const answerOf = (name) =>
    (rows.find(([, names]) => names.includes(name)) ?? rows.find(([, names]) => names.includes(others)))?.[0];
  const found = new Map(all.map((name) => [name, answerOf(name)]));
  if ([...found.values()].includes(undefined)) throw new Error(`"${who}" does not name every caller`);
  return found;
}

/** What the classes mean, in the order in which they are told. */
export const meanings = {
  anybody: 'No credential is looked at.',
  user: 'Whoever is logged in, for what is his.',
  member: 'An Admin or a Member of the project, which is active.',
  'member or 400': 'The same, on the two routes where the contract has 400 in place of 403.',
  admin: 'An Admin of the project, which is active.',
  'admin or oneself': 'An Admin; a Member for himself, which is 2xx too.',
  'admin of any': 'An Admin of the project, be it active or not.',
  'agent key': 'Whoever has an agent key, whatever its scopes.',
  'capturing agent key': 'Whoever has an agent key with the scope `capture`.',
  'SDK key': 'Whoever has an SDK key, whatever its scopes.',
  'session ender': 'The agent itself with the token of its session, or an Admin who names the session.',
  caller: 'Whoever has a user token, or a key with the scope `read`, for what it reaches.',
  'caller of an agent': 'The same, when it reaches the agent that is named.',
  service: 'Another service of the installation.',
  'capturing agent':
    'The agent itself: its key with the scope `capture`, and the token of its session that goes on.',
  'capturing back end':
    'A back end of the project: an SDK key with the scope `capture`, and the token of a session in the project that goes on.',
  exporter:
    'A key with the scope `capture`, of the agent or of a back end of its project, and the token of a session that goes on, for each span.',
  reader: 'An Admin or a Member of the project who names an agent of it.',
  'project admin': 'An Admin of the project.',
  'v2 caller': 'Whoever has a user token, or a key with the scope `read`, for what it reaches.',
  'v2 reader': 'The same, when it reaches the agent in the path.',
  'v2 editor': 'An Admin of the project, or an SDK key of it with the scope `capture`.',
  'v2 admin': 'An Admin of the project.',
  'v2 agent':
    "The agent itself in the session in the path: its key with the scope `capture`, and that session's token.",
};
