import { type Limits, readLimits } from '../delivery/limits';
import type { Sender } from '../delivery/request';
import type { SpoolFactory } from '../delivery/spool';
import type { Platform } from '../platform/platform';
import { type RedactionRules, Redactor } from '../record/redactor';
import { type Addresses, readAddresses } from './addresses';
import { OtasError } from './otas-error';

/** What sessions and back ends have in common. */
export interface DeliveryOptions extends Partial<Limits> {
  /** Default: the environment's `OTAS_UASAM_URL`, else `http://127.0.0.1:8000`. */
  readonly uasamUrl?: string | undefined;
  /** Default: the environment's `OTAS_BRAIN_URL`, else `http://127.0.0.1:8002`. */
  readonly brainUrl?: string | undefined;
  /** How many bytes of each body are kept. Default 65536, which is where Brain cuts too. */
  readonly bodyMaxBytes?: number;
  /** What is replaced beside the built-in names of headers and shapes of secrets. */
  readonly redact?: RedactionRules;
  /** Where events survive a crash: `fileSpool('directory')`; default nowhere. */
  readonly spool?: SpoolFactory | undefined;
  /** Told of what goes wrong in the background; what it throws is ignored. */
  readonly onError?: (error: OtasError) => void;
}

export interface SessionOptions extends DeliveryOptions {
  /** `agent_…`; default: the environment's `OTAS_AGENT_KEY`. */
  readonly agentKey?: string | undefined;
  /** Any JSON; `meta.name` and `meta.description` are the session's name and description. */
  readonly meta?: unknown;
  /**
   * The project's own domain, to which calls carry the session's token: `api.example.com` (that host), `*.example.com`
   * (all below it), `https://api.example.com:8443` (that origin). Default none.
   */
  readonly domain?: string | readonly string[] | undefined;
  /**
   * What happens when there is no session. `throw` (default): the promise rejects with an `OtasError`. `retry`: while
   * UASAM can't be reached, the session is given at once, its events are kept, and it is created in the background; a
   * refusal rejects. `ignore`: nothing is recorded, and `onError` is told.
   */
  readonly onFailure?: 'throw' | 'retry' | 'ignore';
  /** How long UASAM is tried before it counts as unreachable. Default 10000. */
  readonly startTimeoutMs?: number;
}

/** Options with everything decided. */
export interface Settings {
  readonly sender: Sender;
  readonly addresses: Addresses;
  readonly limits: Limits;
  readonly redactor: Redactor;
  readonly bodyMaxBytes: number;
  readonly spool: SpoolFactory | undefined;
  onProblem(problem: OtasError): void;
}

const bodyMaxBytesDefault = 65_536;

/** @throws OtasError `no_agent_key`, `no_sdk_key`, or `invalid_option` with the option's name in its message */
export function readSettings(
  options: DeliveryOptions & Pick<SessionOptions, 'domain'>,
  platform: Platform,
  key: { readonly given: string | undefined; readonly header: Sender['keyHeader'] },
): Settings {
  const name = key.header === 'X-OTAS-AGENT-KEY' ? 'OTAS_AGENT_KEY' : 'OTAS_SDK_KEY';
  // Files and variables that hold a key often end with a line break.
  const secret = (key.given ?? platform.env(name))?.trim();
  if (!secret) throw noKey(key.header);
  if (/[^\x21-\x7e]/.test(secret)) {
    throw new OtasError('invalid_option', 'The key holds a character that no key has.');
  }
  const { bodyMaxBytes = bodyMaxBytesDefault } = options;
  try {
    const addresses = readAddresses(options, (name) => platform.env(name));
    return {
      sender: { brainUrl: addresses.brainUrl, keyHeader: key.header, key: secret },
      addresses,
      limits: readLimits(options),
      redactor: new Redactor(options.redact),
      bodyMaxBytes: positive('bodyMaxBytes', bodyMaxBytes),
      spool: options.spool,
      onProblem: (problem) => tell(options.onError, problem),
    };
  } catch (cause) {
    throw new OtasError('invalid_option', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function noKey(header: Sender['keyHeader']): OtasError {
  return header === 'X-OTAS-AGENT-KEY'
    ? new OtasError('no_agent_key', 'There is no agent key: give agentKey, or set OTAS_AGENT_KEY.')
    : new OtasError('no_sdk_key', 'There is no SDK key: give sdkKey, or set OTAS_SDK_KEY.');
}

/** @throws RangeError naming the option */
export function positive(name: string, value: number): number {
  if (!(Number.isFinite(value) && value > 0)) throw new RangeError(`${name} must be a number above 0`);
  return value;
}

function tell(onError: DeliveryOptions['onError'], problem: OtasError): void {
  try {
    onError?.(problem);
  } catch {
    // Its faults are not the program's that is recorded.
  }
}
