import { clientAddress, type RequestContext } from '@otas/http-kit';
import type { RequestOrigin } from './principals';

/** Who sent a request, for the audit log. */
export function originOf(context: RequestContext, trustProxy: boolean): RequestOrigin {
  return { address: clientAddress(context, trustProxy), requestId: context.requestId };
}
