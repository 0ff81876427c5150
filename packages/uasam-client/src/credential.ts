import { parseUuid } from '@otas/event-schema';
import { AccessRefused } from './access-refused';

/** What a caller proves with who he is. */
export type Credential =
  /** Reaches every agent of its project. */
  | { readonly kind: 'sdkKey'; readonly key: string }
  /** Reaches its own agent. */
  | { readonly kind: 'agentKey'; readonly key: string }
  /** Reaches the agents of the user's projects; with `projectId`, a header's value, those of that one alone. */
  | { readonly kind: 'user'; readonly token: string; readonly projectId: string | null };

/** With `_` and `-` in either part, as keys of the original system may have them. */
const sdkKeyForm = /^otas_[\w-]{1,64}_[\w-]{1,256}$/;
const agentKeyForm = /^agent_[\w-]{1,64}_[\w-]{1,256}$/;
const tokenForm = /^(?=.{1,4096}$)[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * A credential as UASAM takes it in the body of a question.
 *
 * @throws AccessRefused for a text that cannot be one of this kind; UASAM need not be asked.
 */
export function credentialInBody(credential: Credential): { readonly kind: string; readonly value: string } {
  if (credential.kind === 'sdkKey') {
    if (!sdkKeyForm.test(credential.key)) throw new AccessRefused('invalid_sdk_key');
    return { kind: 'sdk_key', value: credential.key };
  }
  if (credential.kind === 'agentKey') {
    if (!agentKeyForm.test(credential.key)) throw new AccessRefused('invalid_agent_key');
    return { kind: 'agent_key', value: credential.key };
  }
  if (!tokenForm.test(credential.token)) throw new AccessRefused('invalid_token');
  return { kind: 'user_token', value: credential.token };
}

const headerNames = {
  sdk_key: 'X-OTAS-SDK-KEY',
  agent_key: 'X-OTAS-AGENT-KEY',
  user_token: 'X-OTAS-USER-TOKEN',
} as const;

/** A credential as UASAM takes it in headers. Errors as for {@link credentialInBody}. */
export function credentialInHeaders(credential: Credential): Record<string, string> {
  const { kind, value } = credentialInBody(credential);
  const headers = { [headerNames[kind as keyof typeof headerNames]]: value };
  if (credential.kind !== 'user' || credential.projectId === null) return headers;
  return { ...headers, 'X-OTAS-PROJECT-ID': parseUuid(credential.projectId) ?? 'none' };
}
