import { ApiError } from '@otas/errors';
import type { RequestContext } from '@otas/http-kit';
import type { CapturePrincipal } from '../capture/to-event';
import {
  type CaptureAuth,
  grantCapture,
  type KeyCredential,
  projectOf,
  refusalOf,
  sessionTokenIn,
} from './capture-credentials';

/** Who exports spans, of which each may name a session of its own. */
export interface Exporter {
  readonly credential: KeyCredential;
  /** The key's. */
  readonly projectId: string;
  /** Where spans belong that name no session; null: they belong nowhere. */
  readonly grant: CapturePrincipal | null;
}

/**
 * An SDK key, or else an agent key, with the token of a session or without.
 *
 * @throws ApiError 401 `unauthorized` without a key; then what `grantCapture` throws with a token, and what is wrong with
 *   the key without one; 503 when UASAM cannot be asked
 */
export async function authenticateExport(auth: CaptureAuth, context: RequestContext): Promise<Exporter> {
  const credential = keyIn(context);
  const token = sessionTokenIn(context);
  if (token !== '') {
    const grant = await grantCapture(auth, credential, token);
    return { credential, projectId: grant.projectId, grant };
  }
  try {
    const { projectId } = await auth.uasam.authorizer.authorize({ credential, action: 'identify' }, 'write');
    return { credential, projectId: projectOf(projectId), grant: null };
  } catch (error) {
    throw refusalOf(error, credential);
  }
}

function keyIn(context: RequestContext): KeyCredential {
  const [sdkKey, agentKey] = [context.header('x-otas-sdk-key'), context.header('x-otas-agent-key')];
  if (sdkKey !== null) return { kind: 'sdkKey', key: sdkKey };
  if (agentKey !== null) return { kind: 'agentKey', key: agentKey };
  throw new ApiError('unauthorized');
}
