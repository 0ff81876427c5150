import { ApiError } from '@otas/errors';
import { keyOfUuid } from '@otas/event-schema';
import { AgentDirectory } from './agent-directory';
import { AnswerCache, type AnswerCachePolicy } from './answer-cache';
import { agentKeyForm, sdkKeyForm } from './credential';
import { ReadRefused } from './read-refused';
import { type UasamAnswer, UasamHttp } from './uasam-http';

export interface UasamClientOptions {
  /** `http://host:8000`. */
  readonly url: string;
  /** How long UASAM may take for one answer, in milliseconds. */
  readonly timeoutMs: number;
  /** The clock of the cache, in milliseconds; for tests. Default: a monotonic one. */
  readonly nowMs?: () => number;
}

/** Whose agent key it is; ids are UUIDs. */
export interface AgentKeyOwner {
  readonly projectId: string;
  readonly agentId: string;
}

const minute = 60_000;

/** A revoked key stops writing within ten seconds; one that was good goes on for ten minutes without UASAM. */
const writePolicy: AnswerCachePolicy = {
  trustedMs: 10_000,
  refreshMs: 5_000,
  staleMs: 10 * minute,
  answersMax: 20_000,
  retryMs: 1_000,
};

/** What is read may be read for ten seconds after UASAM said so, and not at all without it. */
const readPolicy: AnswerCachePolicy = { ...writePolicy, staleMs: 10_000 };

/**
 * Asks UASAM who somebody is, and remembers the answer for at most ten seconds. A credential that was never seen as
 * good is never let through because UASAM is away.
 */
export class UasamClient {
  /** Agents and sessions by their keys. */
  readonly directory: AgentDirectory;
  readonly #http: UasamHttp;
  readonly #sdkKeys: AnswerCache<{ readonly projectId: string } | null>;
  readonly #sdkKeyAgents: AnswerCache<boolean>;
  readonly #agentKeys: AnswerCache<AgentKeyOwner | null>;
  readonly #readers: AnswerCache<UasamAnswer>;
  readonly #members: AnswerCache<UasamAnswer>;

  constructor(options: UasamClientOptions) {
    const nowMs = options.nowMs ?? (() => performance.now());
    this.#http = new UasamHttp(options.url, options.timeoutMs);
    this.directory = new AgentDirectory(this.#http, { read: readPolicy, write: writePolicy }, nowMs);
    this.#sdkKeys = new AnswerCache(writePolicy, (owner) => owner !== null, nowMs);
    this.#sdkKeyAgents = new AnswerCache(writePolicy, (isReached) => isReached, nowMs);
    this.#agentKeys = new AnswerCache(writePolicy, (owner) => owner !== null, nowMs);
    this.#readers = new AnswerCache(readPolicy, (answer) => answer.status === 200, nowMs);
    this.#members = new AnswerCache(readPolicy, (answer) => answer.status === 200, nowMs);
  }

  /**
   * Whose SDK key it is; null when UASAM refused it.
   *
   * @throws ApiError 503 `auth_service_timeout` or `auth_service_error` when UASAM could not be asked.
   */
  findSdkKeyProject(key: string): { projectId: string } | null | Promise<{ projectId: string } | null> {
    if (!sdkKeyForm.test(key)) return null;
    return this.#sdkKeys.get(key, async () => {
      const answer = await this.#http.post('/api/project/v1/sdk/backend/key/authenticate/', {
        'X-OTAS-SDK-KEY': key,
      });
      if (answer.status === 401 || answer.status === 403) return null;
      return { projectId: textIn(answer, 'response', 'project', 'id') };
    });
  }

  /**
   * Whether an SDK key is valid and its project has this active agent (a UUID); remembered as the key itself is, so that an
   * agent that was deactivated stops being written about within ten seconds. Errors as for {@link findSdkKeyProject}.
   */
  isAgentOfSdkKey(key: string, agentId: string): boolean | Promise<boolean> {
    if (!sdkKeyForm.test(key)) return false;
    return this.#sdkKeyAgents.get(`${key} ${agentId}`, async () => {
      const path = `/api/agent/v1/access/?agent_ref=${keyOfUuid('agt', agentId)}`;
      const answer = await this.#http.get(path, { 'X-OTAS-SDK-KEY': key });
      if (answer.status === 200) return true;
      if ([401, 403, 404].includes(answer.status)) return false;
      throw new ApiError('auth_service_error', { cause: `UASAM answered with status ${answer.status}` });
    });
  }

  /** Whose agent key it is; null and errors as for {@link findSdkKeyProject}. */
  findAgentKeyOwner(key: string): AgentKeyOwner | null | Promise<AgentKeyOwner | null> {
    if (!agentKeyForm.test(key)) return null;
    return this.#agentKeys.get(key, async () => {
      const answer = await this.#http.post('/api/agent/v1/auth/verify/', { 'X-OTAS-AGENT-KEY': key });
      if (answer.status === 401 || answer.status === 403) return null;
      return {
        projectId: textIn(answer, 'response', 'project_id'),
        agentId: textIn(answer, 'response', 'agent', 'id'),
      };
    });
  }

  /**
   * Resolves when the user may read the agent's events in the project. The values are those of the request's headers.
   *
   * @throws ReadRefused when UASAM refused; ApiError 503 as for {@link findSdkKeyProject}.
   */
  async authorizeRead(reader: { userToken: string; projectId: string; agentId: string }): Promise<void> {
    const question = JSON.stringify([reader.userToken, reader.projectId, reader.agentId]);
    const answer = await this.#readers.get(question, () =>
      this.#http.post('/api/agent/v1/user/authenticate/', {
        'X-OTAS-USER-TOKEN': reader.userToken,
        'X-OTAS-PROJECT-ID': reader.projectId,
        'X-OTAS-AGENT-ID': reader.agentId,
      }),
    );
    if (answer.status !== 200) throw new ReadRefused(answer.status, answer.body);
  }

  /**
   * What the user may do in the project: 1 is Admin, 2 is Member. The values are those of the request's headers.
   *
   * @throws ReadRefused with the status that UASAM gives other project routes; ApiError 503 as above
   */
  async findPrivilege(member: { userToken: string; projectId: string }): Promise<number> {
    const answer = await this.#members.get(JSON.stringify([member.userToken, member.projectId]), () =>
      this.#http.post('/api/project/v1/authenticate/', {
        'X-OTAS-USER-TOKEN': member.userToken,
        'X-OTAS-PROJECT-ID': member.projectId,
      }),
    );
    if (answer.status === 400) {
      throw new ReadRefused(403, { status: 0, status_description: 'user_project_mapping_invalid' });
    }
    if (answer.status !== 200) throw new ReadRefused(answer.status, { ...answer.body, Response: undefined });
    const privilege = valueIn(answer, 'Response', 'UserProjectMapping', 'Privilege');
    if (typeof privilege === 'number') return privilege;
    throw new ApiError('auth_service_error', { cause: 'UASAM answered without a privilege' });
  }

  close(): void {
    this.#http.close();
  }
}

/** The text at a path in a successful answer; UASAM and Brain of different versions may disagree about it. */
function textIn(answer: UasamAnswer, ...path: string[]): string {
  const value = valueIn(answer, ...path);
  if (answer.status === 200 && typeof value === 'string') return value;
  throw new ApiError('auth_service_error', { cause: `UASAM answered without ${path.join('.')}` });
}

function valueIn(answer: UasamAnswer, ...path: string[]): unknown {
  let value: unknown = answer.body;
  for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
  return value;
}
