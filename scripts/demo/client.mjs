import { randomBytes } from 'node:crypto';

/** One call to UASAM or Brain; gives the answer's body. Throws Error when there is none, or with the code of a refusal. */
async function call(method, url, headers, body) {
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) }).catch(
    (error) => {
      throw new Error(`${method} ${url} got no answer: ${error.cause?.message || error.message}`);
    },
  );
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${url} gave ${response.status} ${answer.status_description}`);
  return answer;
}

/** @throws Error with one line for people when a service is not there or not ready. */
export async function refuseUnready(urls) {
  for (const [name, url] of Object.entries(urls)) {
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => null,
    );
    const fault = status === null ? 'nothing answers' : `readyz gave ${status}`;
    if (status !== 200) throw new Error(`${name} is not running at ${url} (${fault}): first run npm start`);
  }
}

/**
 * Signs a new person up and gives them a project with an agent, whose first session begins: every id, key and token
 * that is needed to act, to log and to read.
 */
export async function setUp(uasam) {
  const email = `demo-${randomBytes(4).toString('hex')}@example.com`;
  const password = randomBytes(16).toString('base64url');
  const person = { first_name: 'Demo', last_name: 'Person', email, password };
  const { response_body: user } = await call('POST', `${uasam}/api/user/v1/create/`, {}, person);
  const owner = { 'X-OTAS-USER-TOKEN': user.jwt_token };

  const newProject = { project_name: 'Demo' };
  const { response_body } = await call('POST', `${uasam}/api/project/v1/create/`, owner, newProject);
  const admin = { ...owner, 'X-OTAS-PROJECT-ID': response_body.project.id };

  const newAgent = { agent_name: 'night-watch', agent_provider: 'npm run demo' };
  const { response: agent } = await call('POST', `${uasam}/api/agent/v1/create/`, admin, newAgent);
  const key = { 'X-OTAS-AGENT-KEY': agent.agent_key.api_key };

  const purpose = { meta: { purpose: 'demo' } };
  const { response: session } = await call('POST', `${uasam}/api/agent/v1/session/create/`, key, purpose);
  return {
    email,
    password,
    userToken: user.jwt_token,
    projectId: response_body.project.id,
    agentId: agent.agent.id,
    agentKey: agent.agent_key.api_key,
    sessionId: session.agent_session_id,
    sessionToken: session.jwt_token,
  };
}

/** Logs one event as the agent; once this resolves, every read has it. */
export async function logEvent(brain, { agentKey, sessionToken }, event) {
  const credentials = { 'X-OTAS-AGENT-KEY': agentKey, 'X-OTAS-AGENT-SESSION-TOKEN': sessionToken };
  await call('POST', `${brain}/api/v1/backend/log/agent/`, credentials, event);
}

/** All events of the session in the order in which they happened, and how many pages that took. */
export async function readSession(brain, identity, limit) {
  const events = [];
  let pages = 0;
  let cursor = null;
  do {
    const page = { session_id: identity.sessionId, limit, ...(cursor && { cursor }) };
    const answer = await read(brain, identity, 'session/events', page);
    events.push(...answer.events);
    cursor = answer.next_cursor ?? null;
    pages++;
  } while (cursor !== null);
  return { events, pages };
}

/** A read of one agent, for which a person says who they are, and which agent of which project they mean. */
export function read(brain, { userToken, projectId, agentId }, name, query) {
  const who = { 'X-OTAS-USER-TOKEN': userToken, 'X-OTAS-PROJECT-ID': projectId, 'X-OTAS-AGENT-ID': agentId };
  return call('GET', `${brain}/api/v1/agent/${name}/?${new URLSearchParams(query)}`, who);
}
