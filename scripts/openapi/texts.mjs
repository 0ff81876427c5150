const envelope = `Every answer is JSON with \`status\` (1 or 0) and, but for a few, \`status_description\`: a code that does not
change. A path may leave out its last slash. \`Content-Type\` is not looked at; a body may be compressed (\`gzip\`, \`deflate\`,
\`br\`). Fields that are not described are ignored.`;

const isInternal = (route) => route.startsWith('/internal/');

/** The documents, each with the file that it is written to, the service whose routes it describes, and which of them. */
export const documents = [
  {
    file: 'services/uasam/openapi.json',
    service: 'UASAM',
    has: (route) => !isInternal(route),
    title: 'OTAS UASAM',
    description: `Who is who: users, projects, agents, their keys and sessions.\n\n${envelope}`,
    tags: {
      Users: 'People, and how they log in.',
      Projects: 'What agents, keys and events belong to.',
      Members: 'Who may do what in a project.',
      'SDK keys': 'What the back ends of a project log and read with.',
      Audit: 'What was changed in a project, and by whom.',
      Agents: 'Whoever the record is about.',
      'Agent keys': 'What an agent begins sessions, logs and reads with.',
      Sessions: 'One run of an agent.',
      Access: 'What a credential reaches.',
      Service: 'How the service is, and what it publishes.',
    },
  },
  {
    file: 'services/uasam/openapi.internal.json',
    service: 'UASAM',
    has: isInternal,
    title: 'OTAS UASAM, for other services',
    description: `What other services of an installation ask. It is not for the public.\n\n${envelope}`,
    tags: {
      Authorisation: 'Whose a credential is, and what it may do.',
      Feeds: 'What other services have to know, and what they report.',
    },
  },
  {
    file: 'services/brain/openapi.json',
    service: 'Brain',
    has: () => true,
    title: 'OTAS Brain',
    description: `The record: takes events in and gives them back.\n\n${envelope} Under \`/v2\` answers are bare, and errors have
\`code\`, \`messages\` and \`request_id\`.`,
    tags: {
      Capture: 'Events of HTTP calls, from an agent or a back end.',
      'Capture account': 'What became of the events of a project.',
      Reads: 'The events of an agent, as lists and as counts by day.',
      Timeline: 'Both kinds of events of a session in one order, and its summary.',
      Export: 'Events as a file.',
      Agents: 'Agents and sessions under /v2.',
      'Agent events': 'What an agent was told, thought, called, got back and said.',
      Service: 'How the service is, and what it publishes.',
    },
  },
];
