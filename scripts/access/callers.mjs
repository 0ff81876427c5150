/**
 * Every kind of caller by its name, with what it is, in groups. Each sends all that it has to any route, and asks for the
 * same things: those of one project, of one agent in it, and of one session of that agent.
 */
export const callers = {
  people: {
    nobody: 'no credential, but all the ids',
    admin: 'a user token of an Admin of the project',
    member: 'a user token of a Member of the project',
  },
  outsiders: {
    'former member': 'a user who was removed from the project',
    stranger: 'a user of no project',
    'admin of another project': 'a user who names this project, but is an Admin elsewhere',
    'admin of an inactive project':
      'an Admin of a project that is inactive, who asks for the things of that one',
  },
  'bad user tokens': {
    'logged-out admin': 'an Admin of the project, with a token from before he logged out everywhere',
    'forged user token': 'forged in eleven ways, below',
  },
  agents: {
    agent: 'the key of the agent, with the token of the session',
    'agent that may only read': 'the same, its key with the scope `read` alone',
    'agent that may only capture': 'the same, its key with the scope `capture` alone',
    'agent without session token': 'the key alone',
    'agent in another session of its own':
      'the key with the token of another session, and asks for the session',
    'agent in an ended session': 'the key with the token of a session that has ended, for which it asks',
    'agent in a revoked session': 'the same, of one that was revoked',
    'agent with a forged session token': 'forged in eleven ways, below',
  },
  'back ends': {
    'back end': 'an SDK key of the project, with the token of the session',
    'back end that may only read': 'the same, its key with the scope `read` alone',
    'back end that may only capture': 'the same, its key with the scope `capture` alone',
    'back end without session token': 'the key alone',
    'back end in an ended session': 'the key with the token of a session that has ended, for which it asks',
    'back end in a revoked session': 'the same, of one that was revoked',
    'back end with a forged session token': 'forged in eleven ways, below',
  },
  'keys of others': {
    'another agent of the project': "its own key, with the token of the agent's session",
    'agent of another project': "its own key, with the token of the agent's session",
    'back end of another project': 'its own key, with the token of the session of this project',
  },
  'bad agent keys': {
    'inactive agent': 'key and session token of an agent that is inactive, for which it asks',
    'agent of an inactive project': 'the same, its project inactive',
    'revoked agent key': 'a key of the agent that was revoked, with the token of the session',
    'expired agent key': 'the same, of one that has expired',
    'forged agent key': 'forged in five ways, below',
  },
  'bad SDK keys': {
    'back end of an inactive project':
      'key and session token of a project that is inactive, for which it asks',
    'revoked SDK key': 'an SDK key of the project that was revoked, with the token of the session',
    'expired SDK key': 'the same, of one that has expired',
    'forged SDK key': 'forged in five ways, below',
  },
  services: {
    service: 'a service token of the installation',
    'forged service token': 'another one of the same length, and its beginning alone',
  },
};

/** The names of all callers, or of those of one group. */
export function namesOf(group) {
  const groups = group === undefined ? Object.values(callers) : [callers[group]];
  return groups.flatMap((one) => Object.keys(one));
}
