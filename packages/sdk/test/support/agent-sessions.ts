import { createSession, type OtasError, type Session, type SessionOptions } from '@otas/sdk';
import { accepted, type ScriptedBrain } from './scripted-brain';

/** The sessions of a test with a scripted Brain; they try again within milliseconds. */
export function agentSessions(brain: () => ScriptedBrain) {
  const begun: Session[] = [];
  let problems: OtasError[] = [];
  return {
    begin: async (more: SessionOptions = {}): Promise<Session> => {
      const [{ url }, told] = [brain(), problems];
      const session = await createSession({
        ...{ agentKey: 'agent_key', uasamUrl: url, brainUrl: url },
        ...{ flushIntervalMs: 20, retryMinMs: 20, retryMaxMs: 50, onError: (problem) => told.push(problem) },
        ...more,
      });
      begun.push(session);
      return session;
    },

    /** The codes of what they have told, in order. */
    codes: () => problems.map(({ code }) => code),

    /** Ends them; the next ones tell somebody else. */
    endAll: async (): Promise<void> => {
      brain().answer(accepted);
      await Promise.all(begun.splice(0).map((session) => session.end(1000)));
      problems = [];
    },
  };
}

/** The least of a call. */
export const call = (path: string) => ({ path, method: 'GET', status_code: 200, latency_ms: 1 });
