import { backoffMs } from '../delivery/backoff';
import { retryAfterMs } from '../delivery/read-answer';
import type { Platform } from '../platform/platform';
import { parseObject } from '../record/parse-object';
import { OtasError } from './otas-error';
import { readSessionToken, type SessionIdentity } from './session-token';

/** What is asked of UASAM, and with which key. */
export interface UasamRequest {
  readonly uasamUrl: string;
  readonly agentKey: string;
  /** How long it is tried, all tries together. */
  readonly timeoutMs: number;
  /** Whether what may pass is tried again within that time. */
  readonly isRepeated: boolean;
  /** Whether the process stays alive for it. */
  readonly isRef: boolean;
}

const [retryMinMs, retryMaxMs] = [200, 5000];

/**
 * Creates a session.
 *
 * @param meta its JSON
 * @throws OtasError `uasam_unreachable` when UASAM gave no answer in time that says more; else the code with which it refused
 */
export async function createUasamSession(
  platform: Platform,
  request: UasamRequest,
  meta: string,
): Promise<SessionIdentity> {
  const body = await ask(
    platform,
    request,
    'create',
    { 'X-OTAS-AGENT-KEY': request.agentKey },
    `{"meta":${meta}}`,
  );
  const { jwt_token: token } = (body.response ?? {}) as { jwt_token?: unknown };
  return readSessionToken(String(token));
}

/** Ends a session; one that is over stays so. @throws OtasError as above */
export async function endUasamSession(
  platform: Platform,
  request: UasamRequest,
  token: string,
): Promise<void> {
  const headers = { 'X-OTAS-AGENT-KEY': request.agentKey, 'X-OTAS-AGENT-SESSION-TOKEN': token };
  await ask(platform, request, 'end', headers, '');
}

async function ask(
  platform: Platform,
  request: UasamRequest,
  verb: 'create' | 'end',
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Record<string, unknown>> {
  const { uasamUrl, timeoutMs, isRepeated, isRef } = request;
  const deadline = performance.now() + timeoutMs;
  for (let failures = 1; ; failures++) {
    const leftMs = deadline - performance.now();
    const url = `${uasamUrl}/api/agent/v1/session/${verb}/`;
    const sent = {
      url,
      headers: { 'Content-Type': 'application/json', ...headers },
      body,
      timeoutMs: leftMs,
      isRef,
    };
    const { answer, why, waitMs } = await tryOnce(platform, sent);
    if (answer !== null) return answer;
    const pauseMs = Math.max(waitMs, backoffMs(failures, retryMinMs, retryMaxMs));
    if (!isRepeated || performance.now() + pauseMs >= deadline) {
      throw new OtasError('uasam_unreachable', `UASAM at ${uasamUrl} can't be reached: ${why}.`);
    }
    await new Promise<void>((resolve) => void platform.setTimer(resolve, pauseMs, isRef));
  }
}

/** @throws OtasError with the code of a refusal, after which there is no use in trying again */
async function tryOnce(
  platform: Platform,
  request: Parameters<Platform['post']>[0],
): Promise<{ answer: Record<string, unknown> | null; why: string; waitMs: number }> {
  const failed = (why: string, waitMs = 0) => ({ answer: null, why, waitMs });
  const sent = await platform.post(request).catch((error: unknown) => failed(describe(error)));
  if ('why' in sent) return sent;
  const body = parseObject(sent.text);
  if (sent.status === 200 && body.status === 1) return { answer: body, why: '', waitMs: 0 };
  const code = body.status_description;
  const isRefusal = sent.status >= 400 && sent.status < 500 && sent.status !== 408 && sent.status !== 429;
  if (isRefusal && typeof code === 'string' && code !== 'not_found') {
    throw new OtasError(code, `UASAM refused the session (${sent.status} ${code}).`);
  }
  if (isRefusal) {
    throw new OtasError('uasam_unreachable', `${request.url} answered ${sent.status}: that is not UASAM.`);
  }
  return failed(`it answered ${sent.status}`, retryAfterMs(sent.retryAfter));
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? String(error);
}
