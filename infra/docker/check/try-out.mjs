/**
 * One event from sign-up to ClickHouse and back: with it everything native or generated in the images has been used.
 *
 * @throws Error when one of the answers is not what it should be
 */
export async function tryOut(uasam, brain) {
  const random = Math.random().toString(36).slice(2);
  const user = await call(`${uasam}/api/user/v1/create/`, {
    first_name: 'Build',
    last_name: 'Check',
    email: `${random}@example.com`,
    password: `a long sentence ${random}`,
  });
  const asUser = { 'X-OTAS-USER-TOKEN': user.response_body.jwt_token };
  const made = await call(`${uasam}/api/project/v1/create/`, { project_name: 'Build check' }, asUser);
  const project = made.response_body.project.id;
  const inProject = { ...asUser, 'X-OTAS-PROJECT-ID': project };
  const { response } = await call(
    `${uasam}/api/agent/v1/create/`,
    { agent_name: 'check', agent_provider: 'none' },
    inProject,
  );
  const asAgent = { 'X-OTAS-AGENT-KEY': response.agent_key.api_key };
  const session = (await call(`${uasam}/api/agent/v1/session/create/`, {}, asAgent)).response;
  const event = { project_id: project, path: '/', method: 'GET', status_code: 200, latency_ms: 1 };
  const inSession = { ...asAgent, 'X-OTAS-AGENT-SESSION-TOKEN': session.jwt_token };
  await call(`${brain}/api/v1/backend/log/agent/`, event, inSession);
  const query = `session_id=${session.agent_session_id}`;
  const reader = { ...inProject, 'X-OTAS-AGENT-ID': response.agent.id };
  const stored = () => call(`${brain}/api/v1/agent/session/events/?${query}`, null, reader);
  for (let attempt = 0; (await stored()).events.length !== 1; attempt++) {
    if (attempt === 100) throw new Error('the event did not become visible');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function call(url, body, headers = {}) {
  const answer = await fetch(url, {
    method: body === null ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok)
    throw new Error(`${new URL(url).pathname} answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
