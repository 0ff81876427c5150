import { randomUUID } from 'node:crypto';

/**
 * What the agent does: calls as `[service, method, path and query, {headers, json, text}]`, under the intent that they
 * serve. Many are wrong on purpose, since what went wrong is what one looks for in a replay; `stock` never answers.
 */
export function listTasks({ email, password, userToken, projectId, agentId, agentKey, sessionId }) {
  const user = { 'X-OTAS-USER-TOKEN': userToken };
  const member = { ...user, 'X-OTAS-PROJECT-ID': projectId };
  const reader = { ...member, 'X-OTAS-AGENT-ID': agentId };
  const stranger = { ...user, 'X-OTAS-PROJECT-ID': randomUUID() };
  const agent = { 'X-OTAS-AGENT-KEY': agentKey };
  const thisWeek = `start_date=${dateDaysAgo(6)}&end_date=${dateDaysAgo(0)}`;
  const events = '/api/v1/agent/session/events/';
  return {
    'see whether everything is up': [
      ['uasam', 'GET', '/healthz'],
      ['uasam', 'GET', '/readyz'],
      ['brain', 'GET', '/healthz'],
      ['brain', 'GET', '/readyz'],
      ['stock', 'GET', '/healthz'],
    ],
    'log in, after some guessing': [
      ['uasam', 'POST', '/api/user/v1/login/', { json: { email, password: 'password' } }],
      ['uasam', 'POST', '/api/user/v1/login/', { json: { email, password: 'letmein123' } }],
      ['uasam', 'POST', '/api/user/v1/login/', { json: { email } }],
      ['uasam', 'POST', '/api/user/v1/login/', { json: { email, password } }],
      ['uasam', 'POST', '/api/user/v1/authenticate/', { headers: user }],
    ],
    'find out what there is': [
      ['uasam', 'GET', '/api/project/v1/list/', { headers: user }],
      ['uasam', 'GET', '/api/agent/v1/list/', { headers: member }],
      ['uasam', 'GET', `/api/agent/v1/sessions/list/?agent_id=${agentId}`, { headers: member }],
      ['uasam', 'GET', '/api/project/v1/sdk/backend/key/list/', { headers: member }],
      ['uasam', 'POST', '/api/agent/v1/auth/verify/', { headers: agent }],
    ],
    'order more bolts': [
      ['stock', 'GET', '/v1/items/?warehouse=north&below=10'],
      ['stock', 'POST', '/v1/orders/', { json: { item: 'bolts', count: 500 } }],
      ['uasam', 'GET', '/api/agent/v2/list/', { headers: member }],
      ['uasam', 'GET', '/api/invoices/2026/04/export/?format=csv&include=drafts&page=3'],
      ['brain', 'GET', '/reports/of/the/last/quarter/by/region/and/by/warehouse.json'],
    ],
    'send what does not fit': [
      ['uasam', 'POST', '/api/project/v1/create/', { headers: user, json: { project_name: '' } }],
      ['uasam', 'POST', '/api/project/v1/create/', { headers: user, text: '{"project_name": ' }],
      ['uasam', 'POST', '/api/user/v1/create/', { json: { email: 'nobody' } }],
      ['uasam', 'DELETE', '/api/project/v1/list/', { headers: user }],
      ['uasam', 'PUT', '/api/agent/v1/create/', { headers: member, json: {} }],
      ['brain', 'GET', `${events}?session_id=yesterday`, { headers: reader }],
      ['brain', 'GET', '/api/v1/agent/error-count/?start_date=then&end_date=now', { headers: reader }],
    ],
    'go where it may not': [
      ['uasam', 'GET', '/api/project/v1/list/', { headers: { 'X-OTAS-USER-TOKEN': 'e30.e30.' } }],
      ['uasam', 'GET', '/api/agent/v1/list/', { headers: stranger }],
      ['brain', 'GET', `${events}?session_id=${sessionId}`, { headers: user }],
      ['brain', 'POST', '/api/v1/backend/log/agent/', { headers: agent, json: {} }],
    ],
    'read its own record': [
      ['brain', 'GET', `${events}?session_id=${sessionId}&limit=500`, { headers: reader }],
      ['brain', 'GET', `/api/v1/agent/path-timeseries/?${thisWeek}`, { headers: reader }],
      ['brain', 'GET', `/api/v1/agent/latency-percentiles/?${thisWeek}`, { headers: reader }],
      ['brain', 'GET', `/api/v1/agent/error-count/?${thisWeek}`, { headers: reader }],
    ],
  };
}

function dateDaysAgo(days) {
  return new Date(Date.now() - days * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}
