import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiError } from '@otas/errors';
import { authentication } from '@otas/http-kit';

/** The credentials with which other services of this installation ask, each good for everything under `/internal/`. */
export class ServiceTokens {
  readonly #digests: readonly Buffer[];

  /** @param tokens at least one, of at least 32 characters each; all of them are accepted. */
  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digestOf);
  }

  /** `X-OTAS-SERVICE-TOKEN`. Throws 401 `invalid_service_token`, whatever is wrong with it. */
  readonly service = authentication('service', (context): { readonly kind: 'service' } => {
    const token = context.header('x-otas-service-token');
    if (token === null || !this.#accepts(token)) throw new ApiError('invalid_service_token');
    return { kind: 'service' };
  });

  /** Takes as long whichever token it is, if any: digests are of one length, and all are compared. */
  #accepts(token: string): boolean {
    const digest = digestOf(token);
    return this.#digests.filter((one) => timingSafeEqual(one, digest)).length > 0;
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
