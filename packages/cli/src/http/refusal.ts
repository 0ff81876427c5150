import { CliError, type ExitCode, exitCodes } from '../exit-codes';
import { escapeText } from '../output/escape';

/** What a service answered instead of what was asked for. */
export class Refusal extends CliError {
  readonly status: number;
  /** `status_description`; empty where the answer has none. */
  readonly code: string;
  /** The whole answer; null where it is no JSON. */
  readonly body: unknown;
  /** Null when the answer does not say. */
  readonly retryAfterMs: number | null;

  constructor(service: string, status: number, body: unknown, retryAfter: string | null) {
    const code = textIn(body, 'status_description');
    super(exitCodeOf(status), describe(service, status, code, body));
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.body = body;
    const seconds = Number(retryAfter ?? '');
    this.retryAfterMs = retryAfter !== null && Number.isFinite(seconds) ? seconds * 1000 : null;
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return this.status === 429 || this.status >= 500;
  }
}

/** No whole answer came from where a service should be. */
export class Unreachable extends CliError {
  constructor(service: string, url: string, cause: unknown) {
    super(exitCodes.unavailable, `${service} does not answer at ${url}: ${reasonOf(cause)}`, { cause });
    this.name = 'Unreachable';
  }
}

function exitCodeOf(status: number): ExitCode {
  if (status === 400) return exitCodes.usage;
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  return status === 429 || status === 502 || status === 503 || status === 504
    ? exitCodes.unavailable
    : exitCodes.failure;
}

const advice: Readonly<Record<string, string>> = {
  login_failed: 'e-mail or password is wrong',
  invalid_token: 'the login is not valid any more: run otas login',
  missing_token: 'nobody is logged in: run otas login',
  user_project_mapping_invalid: 'this user is no member of the project, or it is inactive: run otas projects',
  forbidden: 'only an Admin of the project may do this',
  rate_limit_exceeded: 'too many requests',
  not_found: 'it does not know this address: is it OTAS, and of this version?',
};

function describe(service: string, status: number, code: string, body: unknown): string {
  if (code === '') return `${service} gave HTTP ${status} without a reason: is it OTAS that answers there?`;
  const reason = advice[code];
  const name = escapeText(code);
  const text = reason === undefined ? name : `${reason} (${name})`;
  return `${service} refused: ${text}${faultsIn(body)}`;
}

/** `: limit must be …`, from `errors: [{field, message}]`, or texts. */
function faultsIn(body: unknown): string {
  const errors = (body as { errors?: unknown } | null)?.errors;
  if (!Array.isArray(errors)) return '';
  const texts = errors.slice(0, 5).map((error) => {
    if (typeof error === 'string') return error;
    return `${textIn(error, 'field')} ${textIn(error, 'message')}`;
  });
  return texts.length === 0 ? '' : `: ${escapeText(texts.join('; '))}`;
}

function textIn(body: unknown, name: string): string {
  const value = (body as Record<string, unknown> | null)?.[name];
  return typeof value === 'string' ? value.slice(0, 500) : '';
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no connection in time',
  ABORT_ERR: 'no answer in time',
};

function reasonOf(cause: unknown): string {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  return reasons[code] ?? escapeText(code || message);
}
