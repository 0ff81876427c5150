import { ApiError } from '@otas/errors';
import type { RequestContext } from '@otas/http-kit';
import type { Credential, UasamClient } from '@otas/uasam-client';

/**
 * `x-api-key: K`, or else `Authorization: Bearer K`; K is an SDK key, an agent key or a user's JWT, which
 * `X-OTAS-PROJECT-ID` narrows to one project. Whether it is valid is for UASAM to say.
 *
 * @throws ApiError 401 `unauthorized` when there is none.
 */
export function readCredential(context: RequestContext): Credential {
  const key = credentialIn(context);
  if (key === null) throw new ApiError('unauthorized');
  if (key.startsWith('otas_')) return { kind: 'sdkKey', key };
  if (key.startsWith('agent_')) return { kind: 'agentKey', key };
  return { kind: 'user', token: key, projectId: context.header('x-otas-project-id') };
}

/** The text of a credential, valid or not; null when there is none. */
export function credentialIn(context: RequestContext): string | null {
  return context.header('x-api-key') ?? bearerOf(context.header('authorization'));
}

function bearerOf(header: string | null): string | null {
  return /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
}

/** Who asks, and what for. */
export interface V2Request<Asked> {
  readonly credential: Credential;
  readonly asked: Asked;
}

/**
 * The credential of a request and what `parse` reads from its path and query. A credential that is not valid is told
 * before a fault of the request, so that one with such a fault is asked about; a good request's is asked about together
 * with what it wants.
 *
 * @throws ApiError 401 `unauthorized`; then what `parse` throws; 503 when UASAM cannot be asked.
 */
export async function readRequest<Asked>(
  uasam: Pick<UasamClient, 'directory'>,
  context: RequestContext,
  parse: (context: RequestContext) => Asked,
): Promise<V2Request<Asked>> {
  const credential = readCredential(context);
  return { credential, asked: await parseFor(uasam, credential, () => parse(context)) };
}

/** What `parse` reads; when it throws, the credential is verified first. Errors as for {@link readRequest}. */
export async function parseFor<Asked>(
  uasam: Pick<UasamClient, 'directory'>,
  credential: Credential,
  parse: () => Asked,
): Promise<Asked> {
  try {
    return parse();
  } catch (error) {
    await uasam.directory.verifyCredential(credential);
    throw error;
  }
}
