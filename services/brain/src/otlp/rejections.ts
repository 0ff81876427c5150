import { ApiError } from '@otas/errors';
import { messageOf } from './otlp-form';

const reasonsMax = 5;

/** The spans of a request that were rejected, each with its reason. */
export class Rejections {
  readonly count: number;
  readonly #first: ApiError | undefined;
  readonly #countByReason = new Map<string, number>();

  constructor(errors: readonly ApiError[]) {
    this.count = errors.length;
    this.#first = errors[0];
    for (const error of errors) {
      const reason = messageOf(error);
      this.#countByReason.set(reason, (this.#countByReason.get(reason) ?? 0) + 1);
    }
  }

  /** For people: how many spans have which reason, those of the first five. */
  get message(): string {
    const reasons = [...this.#countByReason]
      .slice(0, reasonsMax)
      .map(([reason, count]) => `${count} × ${reason}`);
    return [...reasons, ...(this.#countByReason.size > reasonsMax ? ['…'] : [])].join('; ');
  }

  /** What a request is answered of which every span was rejected. */
  error(): ApiError {
    if (this.#countByReason.size === 1 && this.#first !== undefined) return this.#first;
    return new ApiError('events_rejected', { payload: { message: this.message } });
  }
}
