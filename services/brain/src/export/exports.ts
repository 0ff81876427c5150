import { ApiError } from '@otas/errors';

export interface ExportsOptions {
  /** Exports of one project in this process at once. */
  readonly perProjectMax: number;
  /** Exports in this process at once. */
  readonly max: number;
}

const retryAfterSeconds = 10;

/** All exports of this process, within their bounds. */
export class Exports {
  readonly #options: ExportsOptions;
  readonly #open: string[] = [];
  #isStopping = false;

  constructor(options: ExportsOptions) {
    this.#options = options;
  }

  /** Whether those that are under way are to end. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /**
   * Takes a place for an export; what it gives, gives the place back, once.
   *
   * @throws ApiError 429 `rate_limit_exceeded` past a bound; 503 `not_ready` during a stop
   */
  enter(projectId: string): () => void {
    if (this.#isStopping) throw new ApiError('not_ready');
    const ofProject = this.#open.filter((one) => one === projectId).length;
    if (ofProject >= this.#options.perProjectMax || this.#open.length >= this.#options.max)
      throw new ApiError('rate_limit_exceeded', { retryAfterSeconds });
    this.#open.push(projectId);
    let isOpen = true;
    return () => {
      if (isOpen) this.#open.splice(this.#open.indexOf(projectId), 1);
      isOpen = false;
    };
  }

  /** Ends all exports, each as one that was interrupted; none begins any more. */
  stop(): void {
    this.#isStopping = true;
  }
}
