import { ApiError } from '@otas/errors';
import type { SessionScope } from '@otas/event-store';
import type { EventStreamWriter } from '@otas/http-kit';
import { Follower } from './follower';
import type { TimelineDeps } from './list-timeline';
import { type FeedDeps, SessionFeed } from './session-feed';
import type { TimelineCursor } from './timeline-cursor';

export interface FollowersOptions {
  /** Streams of one project in this process at once. */
  readonly perProjectMax: number;
  /** Streams in this process at once. */
  readonly max: number;
  readonly heartbeatMs: number;
  /** How often it is asked again whether whoever reads still may, in milliseconds. */
  readonly recheckMs: number;
}

export interface StreamRequest {
  readonly scope: SessionScope;
  /** What the agent's own events call the session. */
  readonly sessionKey: string;
  /** It begins behind this place; null: from the first event. */
  readonly cursor: TimelineCursor | null;
  /** Throws when whoever reads may no more. */
  mayRead(): Promise<unknown>;
}

/** A stream that was admitted, and has not begun to write. */
export interface AdmittedStream {
  /** Always called, also when the client has gone: it gives the place back. */
  run(writer: EventStreamWriter): Promise<void>;
}

const retryAfterSeconds = 10;

/** All streams of this process, within their bounds. */
export class Followers {
  readonly #deps: TimelineDeps & FeedDeps;
  readonly #options: FollowersOptions;
  readonly #open = new Map<Follower, string>();
  readonly #feeds = new Map<string, SessionFeed>();
  #isStopping = false;

  constructor(deps: TimelineDeps & FeedDeps, options: FollowersOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /**
   * Begins a stream.
   *
   * @throws ApiError 429 `rate_limit_exceeded` past a bound; 503 `not_ready` during a stop; EventStoreUnavailable
   */
  async open({ scope, sessionKey, cursor, mayRead }: StreamRequest): Promise<AdmittedStream> {
    this.#checkBounds(scope.projectId);
    const { heartbeatMs } = this.#options;
    const follower = new Follower(this.#deps, { heartbeatMs, cursor, scope, sessionKey });
    this.#open.set(follower, scope.projectId);
    const feed = this.#feedOf(scope, sessionKey);
    try {
      await feed.subscribe(follower);
    } catch (error) {
      this.#close(follower, feed, scope);
      throw error;
    }
    return { run: (writer) => this.#run(follower, feed, scope, mayRead, writer) };
  }

  /** How many streams there are. */
  get count(): number {
    return this.#open.size;
  }

  /** Ends all streams, each with a last event; none begins any more. */
  stop(): void {
    this.#isStopping = true;
    for (const follower of this.#open.keys()) follower.end('stopping');
  }

  #checkBounds(projectId: string): void {
    if (this.#isStopping) throw new ApiError('not_ready');
    const ofProject = [...this.#open.values()].filter((one) => one === projectId).length;
    if (ofProject >= this.#options.perProjectMax || this.#open.size >= this.#options.max) {
      throw new ApiError('rate_limit_exceeded', { retryAfterSeconds });
    }
  }

  #feedOf(scope: SessionScope, sessionKey: string): SessionFeed {
    const key = feedKeyOf(scope);
    const running = this.#feeds.get(key);
    if (running !== undefined && !running.isStopped) return running;
    const feed = new SessionFeed(scope, sessionKey, this.#deps);
    this.#feeds.set(key, feed);
    return feed;
  }

  async #run(
    follower: Follower,
    feed: SessionFeed,
    scope: SessionScope,
    mayRead: () => Promise<unknown>,
    writer: EventStreamWriter,
  ): Promise<void> {
    const recheck = setInterval(() => {
      mayRead().catch((error: unknown) => {
        follower.end(error instanceof ApiError ? error.code : 'server_error');
      });
    }, this.#options.recheckMs);
    try {
      await follower.run(writer, feed);
    } finally {
      clearInterval(recheck);
      this.#close(follower, feed, scope);
    }
  }

  #close(follower: Follower, feed: SessionFeed, scope: SessionScope): void {
    this.#open.delete(follower);
    const key = feedKeyOf(scope);
    if (!feed.unsubscribe(follower) && this.#feeds.get(key) === feed) this.#feeds.delete(key);
  }
}

function feedKeyOf({ projectId, agentId, sessionId }: SessionScope): string {
  return `${projectId}/${agentId}/${sessionId}`;
}
