import { InvalidArgumentError } from 'commander';
import { usageError } from '../exit-codes';

/** What an event must be to be found; what is not said does not matter. */
export interface Filters {
  readonly path?: RegExp;
  readonly method?: string;
  readonly status?: StatusTest;
  readonly error?: true;
  /** In milliseconds. */
  readonly minLatency?: number;
  readonly type?: string;
  readonly tool?: string;
  readonly text?: string;
}

export type StatusTest = (status: number) => boolean;
export type Kind = 'backend_event' | 'agent_event';

/** An event as an export gives it. */
export type Exported = Readonly<Record<string, unknown>>;

/** A path, or a part of one; where it holds `*`, which stands for anything, the whole path. */
export function parsePath(text: string): RegExp {
  const literal = text
    .split('*')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('.*');
  return new RegExp(text.includes('*') ? `^${literal}$` : literal, 's');
}

const bounds: Readonly<Record<string, (status: number, bound: number) => boolean>> = {
  '>=': (status, bound) => status >= bound,
  '<=': (status, bound) => status <= bound,
  '>': (status, bound) => status > bound,
  '<': (status, bound) => status < bound,
  '': (status, bound) => status === bound,
};

/** `404`, `5xx`, `>=400`, `0`; several with commas, of which one must hold. */
export function parseStatus(text: string): StatusTest {
  const tests = text.split(',').map((one): StatusTest => {
    const [, hundreds] = /^([1-9])xx$/i.exec(one) ?? [];
    if (hundreds !== undefined) return (status) => Math.floor(status / 100) === Number(hundreds);
    const [, bound, code] = /^(>=|<=|>|<|)(\d{1,3})$/.exec(one) ?? [];
    const holds = bounds[bound ?? 'none'];
    if (holds === undefined)
      throw new InvalidArgumentError('Give codes such as 404, 5xx, ">=400", or 404,5xx.');
    return (status) => holds(status, Number(code));
  });
  return (status) => tests.some((test) => test(status));
}

/** The kinds of event that these filters can find. @throws CliError 2 when there is none */
export function kindsOf({ path, method, status, minLatency, type, tool }: Filters): readonly Kind[] {
  const isOfCalls = [path, method, status, minLatency].some((filter) => filter !== undefined);
  const isOfSteps = [type, tool].some((filter) => filter !== undefined);
  if (isOfCalls && isOfSteps) {
    throw usageError(
      '--path, --method, --status and --min-latency are about calls, --type and --tool about steps',
    );
  }
  if (isOfCalls) return ['backend_event'];
  return isOfSteps ? ['agent_event'] : ['backend_event', 'agent_event'];
}

/** Whether an exported event is what was asked for; `isError` is said by who shows it. */
export function fits(filters: Filters, event: Exported, isError: boolean): boolean {
  const { path, method, status, error, minLatency, type, tool, text } = filters;
  if (path !== undefined && !path.test(String(event.path))) return false;
  if (method !== undefined && String(event.method).toUpperCase() !== method.toUpperCase()) return false;
  if (status !== undefined && !status(Number(event.status_code))) return false;
  if (minLatency !== undefined && Number(event.latency_ms) < minLatency) return false;
  if (type !== undefined && event.type !== type) return false;
  if (tool !== undefined && event.tool_name !== tool) return false;
  if (error && !isError) return false;
  return text === undefined || holdsText(event, text.toLowerCase());
}

function holdsText(event: Exported, text: string): boolean {
  return Object.values(event).some(
    (value) => typeof value === 'string' && value.toLowerCase().includes(text),
  );
}
