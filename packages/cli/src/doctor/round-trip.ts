import { setTimeout as sleep } from 'node:timers/promises';
import { projectOf, type Settings } from '../config/settings';
import { ApiClient } from '../http/api-client';
import { Refusal } from '../http/refusal';
import { formatDuration } from '../output/format';
import { type Check, CheckFailed } from './check';
import { clientOf } from './services';
import type { DoctorAgent, DoctorEvent, DoctorSession, DoctorState } from './state';

/** Begins a session as the agent. */
export const sessionCheck: Check<DoctorState> = {
  name: 'session',
  needs: ['agent key'],
  run: async (state) => {
    const asAgent = clientOf(state, 'UASAM').with({ 'X-OTAS-AGENT-KEY': (state.agent as DoctorAgent).key });
    const answer = await asAgent.post('/api/agent/v1/session/create/', { meta: { name: 'otas doctor' } });
    const { agent_session_id: id, jwt_token: token } = answer.value.response;
    state.session = { id, token };
    return id;
  },
};

/** Logs one event as the agent. */
export const logCheck: Check<DoctorState> = {
  name: 'event logged',
  needs: ['session', 'Brain answers'],
  run: async (state) => {
    const asAgent = new ApiClient('Brain', clientOf(state, 'Brain').url, agentHeaders(state));
    const sentAtMs = performance.now();
    const event = { path: '/otas/doctor', method: 'GET', status_code: 200, latency_ms: 0 };
    const body = { project_id: projectOf(state.settings as Settings), ...event };
    const answer = await asAgent.post('/api/v1/backend/log/agent/', body).catch(explain);
    const { event_id: id, visible } = answer.value.response;
    const logMs = performance.now() - sentAtMs;
    state.event = { id, sentAtMs, logMs, visibleMs: null, readMs: null };
    return visible ? 'on disk and in ClickHouse' : 'on disk; ClickHouse does not have it yet';
  },
};

const [otherUasam, noUasam] = [
  'Brain asks another UASAM, or has other SESSION_TOKEN_SECRETS: mend its UASAM_URL and secrets',
  'Brain does not reach UASAM: mend its UASAM_URL and UASAM_SERVICE_TOKEN',
];
/** What a refusal of Brain means, when UASAM has just said yes to the same. */
const meanings: Readonly<Record<string, string>> = {
  invalid_or_expired_agent_key: otherUasam,
  invalid_or_expired_token: otherUasam,
  auth_service_timeout: noUasam,
  auth_service_error: noUasam,
  event_log_full: 'make room where EVENT_LOG_DIR of Brain is, or raise EVENT_LOG_MAX_BYTES',
};

function explain(error: unknown): never {
  const meaning = error instanceof Refusal ? meanings[error.code] : undefined;
  throw meaning === undefined ? error : new CheckFailed((error as Error).message, meaning);
}

const visibleMaxMs = 15_000;

/** Reads the event back as the user. */
export const readCheck: Check<DoctorState> = {
  name: 'event read',
  needs: ['event logged', 'Brain is ready'],
  run: async (state) => {
    const event = state.event as DoctorEvent;
    const reader = clientOf(state, 'Brain').with({ 'X-OTAS-AGENT-ID': (state.agent as DoctorAgent).id });
    const query = { session_id: (state.session as DoctorSession).id };
    for (;;) {
      const startedMs = performance.now();
      const { value } = await reader.get('/api/v1/agent/session/events/', query).catch(explain);
      event.readMs = performance.now() - startedMs;
      event.visibleMs = performance.now() - event.sentAtMs;
      if (value.events.some((read: { event_id: string }) => read.event_id === event.id))
        return 'as it was logged';
      if (event.visibleMs > visibleMaxMs) {
        const detail = `it is in no read after ${formatDuration(event.visibleMs)}`;
        throw new CheckFailed(detail, 'ClickHouse is behind, or refuses it: look at the log of Brain');
      }
      await sleep(250);
    }
  },
};

export const latencyCheck: Check<DoctorState> = {
  name: 'latency',
  needs: ['event read'],
  run: async ({ event }) => {
    const { logMs, visibleMs, readMs } = event as DoctorEvent;
    const [logged, visible, read] = [logMs, visibleMs ?? 0, readMs ?? 0].map(formatDuration);
    return `logged in ${logged}, read in ${read}, from one to the other ${visible}`;
  },
};

/** Ends the session, and deletes an agent that was made for this. Gives what could not be done; null: nothing. */
export async function cleanUp(state: DoctorState): Promise<string | null> {
  const uasam = clientOf(state, 'UASAM');
  try {
    if (state.session !== null) {
      // Not with the user's token too: as an Admin he would have to name the session.
      await new ApiClient('UASAM', uasam.url, agentHeaders(state)).post('/api/agent/v1/session/end/');
    }
    if (state.agent?.isTemporary) await uasam.post('/api/agent/v1/delete/', { agent_id: state.agent.id });
    return null;
  } catch (error) {
    if (error instanceof Refusal) return `what doctor made is left: ${error.message}`;
    return 'what doctor made is left, because UASAM does not answer any more';
  }
}

function agentHeaders({ agent, session }: DoctorState): Record<string, string> {
  return {
    'X-OTAS-AGENT-KEY': (agent as DoctorAgent).key,
    'X-OTAS-AGENT-SESSION-TOKEN': (session as DoctorSession).token,
  };
}
