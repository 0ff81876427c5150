import { AgentDirectory } from './agent-directory';
import { Authorizer } from './authorizer';
import { ErasureList } from './erasure-list';
import { askRetentionRules, type RetentionRules } from './retention-rules';
import { type ClientLog, RevocationFeed } from './revocation-feed';
import { type TraceRequest, UasamHttp } from './uasam-http';

export interface UasamClientOptions {
  /** `http://host:8000`, where its public routes are. */
  readonly url: string;
  /** Where its internal routes are; the same unless UASAM has a port of its own for them. */
  readonly internalUrl: string;
  /** What these are asked with. */
  readonly serviceToken: string;
  /** How long UASAM may take for one answer, in milliseconds. */
  readonly timeoutMs: number;
  /** How often UASAM is asked what was revoked, in milliseconds. */
  readonly revocationPollMs: number;
  readonly log: ClientLog;
  /** Left out: there are no traces. */
  readonly trace?: TraceRequest;
  /** The clock of all ages, in milliseconds; for tests. Default: a monotonic one. */
  readonly nowMs?: () => number;
}

const pollTimeoutMs = 2_000;

/**
 * Asks UASAM who may do what. What it allowed is remembered: as long as it tells of revocations, until one concerns it;
 * else for ten seconds at most. A credential that was never seen as good is never let through because UASAM is away.
 */
export class UasamClient {
  /** Agents and sessions by their keys. */
  readonly directory: AgentDirectory;
  readonly authorizer: Authorizer;
  readonly erasures: ErasureList;
  /** Follows what is revoked, once it runs. */
  readonly revocationFeed: RevocationFeed;
  readonly #connections: readonly UasamHttp[];
  readonly #internal: UasamHttp;

  constructor(options: UasamClientOptions) {
    const { url, internalUrl, timeoutMs, revocationPollMs: pollMs, log } = options;
    const nowMs = options.nowMs ?? (() => performance.now());
    const headers = { 'X-OTAS-SERVICE-TOKEN': options.serviceToken };
    const lists = new UasamHttp(url, timeoutMs, {}, options.trace);
    const internal = new UasamHttp(internalUrl, timeoutMs, headers, options.trace);
    // Connections of its own: revocations do not wait for questions.
    const polls = new UasamHttp(internalUrl, pollTimeoutMs, headers);
    this.#connections = [lists, internal, polls];
    this.#internal = internal;
    this.revocationFeed = new RevocationFeed({ http: polls, pollMs, log, nowMs });
    this.authorizer = new Authorizer(internal, this.revocationFeed.revocations, nowMs);
    this.erasures = new ErasureList(internal);
    this.directory = new AgentDirectory(lists, this.authorizer, nowMs);
  }

  /** For how long which project keeps its events. @throws ApiError 503 when UASAM cannot be asked */
  askRetentionRules(): Promise<RetentionRules> {
    return askRetentionRules(this.#internal);
  }

  close(): void {
    this.revocationFeed.stop();
    for (const one of this.#connections) one.close();
  }
}
