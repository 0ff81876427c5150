import type { RequestContext } from './request-context';

/** Proves who asks from a request's headers, or throws the ApiError of the refusal. */
export interface Authentication<Principal> {
  (context: RequestContext): Principal | Promise<Principal>;
  /** Which callers it lets pass, by the name that they have in docs/access.md. */
  readonly who: string;
}

/** An `authenticate` step; two with the same `who` refuse the same callers with the same errors. */
export function authentication<Principal>(
  who: string,
  prove: (context: RequestContext) => Principal | Promise<Principal>,
): Authentication<Principal> {
  return Object.assign((context: RequestContext) => prove(context), { who });
}

/** Of a public route. */
export const anybody = authentication('anybody', () => null);
