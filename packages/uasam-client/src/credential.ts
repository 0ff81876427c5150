import { ApiError } from '@otas/errors';
import { parseUuid } from '@otas/event-schema';

/** What a caller proves with who he is. */
export type Credential =
  /** Reaches every agent of its project. */
  | { readonly kind: 'sdkKey'; readonly key: string }
  /** Reaches its own agent. */
  | { readonly kind: 'agentKey'; readonly key: string }
  /** Reaches the agents of the user's projects; with `projectId`, a header's value, those of that one alone. */
  | { readonly kind: 'user'; readonly token: string; readonly projectId: string | null };

export const sdkKeyForm = /^otas_[0-9A-Za-z]{1,64}_[0-9A-Za-z]{1,256}$/;
export const agentKeyForm = /^agent_[0-9A-Za-z]{1,64}_[0-9A-Za-z]{1,256}$/;
const tokenForm = /^(?=.{1,4096}$)[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The headers in which UASAM takes a credential.
 *
 * @throws ApiError 401 `unauthorized` for a text that cannot be one of this kind; UASAM need not be asked.
 */
export function headersOf(credential: Credential): Record<string, string> {
  if (credential.kind === 'sdkKey') {
    return { 'X-OTAS-SDK-KEY': fitting(credential.key, sdkKeyForm) };
  }
  if (credential.kind === 'agentKey') {
    return { 'X-OTAS-AGENT-KEY': fitting(credential.key, agentKeyForm) };
  }
  const headers = { 'X-OTAS-USER-TOKEN': fitting(credential.token, tokenForm) };
  if (credential.projectId === null) return headers;
  return { ...headers, 'X-OTAS-PROJECT-ID': parseUuid(credential.projectId) ?? 'none' };
}

function fitting(text: string, form: RegExp): string {
  if (form.test(text)) return text;
  throw new ApiError('unauthorized');
}
