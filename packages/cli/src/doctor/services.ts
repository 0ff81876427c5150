import { ApiClient } from '../http/api-client';
import { Refusal, Unreachable } from '../http/refusal';
import { escapeText } from '../output/escape';
import { formatDuration } from '../output/format';
import { type Check, CheckFailed, CheckSkipped } from './check';
import type { DoctorState } from './state';

type Name = 'UASAM' | 'Brain';

/** The databases behind each, as `/readyz` names them; and what to do when one does not answer. */
const stores: Readonly<Record<string, string>> = {
  postgres: 'start Postgres, or mend DATABASE_URL of UASAM',
  clickhouse: 'start ClickHouse, or mend CLICKHOUSE_URL of Brain',
};

const ofOther: Readonly<Record<Name, string>> = { UASAM: 'clickhouse', Brain: 'postgres' };

export const settingsCheck: Check<DoctorState> = {
  name: 'settings',
  needs: [],
  run: async (state) => {
    const settings = await state.run.settings();
    state.settings = settings;
    state.uasam = new ApiClient('UASAM', settings.uasamUrl);
    state.brain = new ApiClient('Brain', settings.brainUrl);
    return `UASAM at ${settings.uasamUrl}, Brain at ${settings.brainUrl}`;
  },
};

/** Whether a service answers where it should be. */
export function answersCheck(name: Name): Check<DoctorState> {
  const variable = `OTAS_${name.toUpperCase()}_URL`;
  return {
    name: `${name} answers`,
    needs: ['settings'],
    run: async (state) => {
      const client = clientOf(state, name);
      const startedMs = performance.now();
      const startedAtMs = Date.now();
      const answer = await client.get('/healthz').catch((error: unknown) => {
        if (error instanceof Unreachable) {
          throw new CheckFailed(error.message, `start it (npm start), or set ${variable}`);
        }
        if (!(error instanceof Refusal)) throw error;
        const what = `something else than ${name} answers at ${client.url} (HTTP ${error.status})`;
        throw new CheckFailed(what, `set ${variable} to the address of ${name}`);
      });
      const tookMs = performance.now() - startedMs;
      noteSkew(state, name, answer.headers.date ?? null, startedAtMs + tookMs / 2);
      return `in ${formatDuration(tookMs)}`;
    },
  };
}

/** Its header tells whole seconds: the middle of the second is the best guess. */
function noteSkew({ skewsMs }: DoctorState, name: Name, date: string | null, localMs: number): void {
  const serverMs = Date.parse(date ?? '');
  if (!Number.isNaN(serverMs)) skewsMs.set(name, localMs - (serverMs + 500));
}

/** Whether it reaches its database. */
export function readyCheck(name: Name): Check<DoctorState> {
  return {
    name: `${name} is ready`,
    needs: [`${name} answers`],
    run: async (state) => {
      const client = clientOf(state, name);
      const body = await client.get('/readyz').then(
        ({ value }) => value,
        (error: unknown) => {
          if (error instanceof Refusal && error.code === 'not_ready') return error.body;
          throw error;
        },
      );
      const checks = Object.entries((body.checks ?? {}) as Record<string, string>);
      if (checks.some(([store]) => store === ofOther[name])) {
        const other = name === 'UASAM' ? 'Brain' : 'UASAM';
        throw new CheckFailed(
          `${other} answers at ${client.url}`,
          'OTAS_UASAM_URL and OTAS_BRAIN_URL are swapped',
        );
      }
      const failed = checks.filter(([, result]) => result !== 'ok').map(([store]) => store);
      if (failed.length > 0) {
        const advice = failed.map((store) => stores[store] ?? `look at ${escapeText(store)}`).join('; ');
        throw new CheckFailed(`${name} does not reach ${escapeText(failed.join(', '))}`, advice);
      }
      if (body.status !== 1) throw new CheckFailed(`${name} is stopping`, 'wait until it has started again');
      return checks.map(([store]) => escapeText(store)).join(', ');
    },
  };
}

/** Whether both services and this program are of one version, where they say it. */
export const versionsCheck: Check<DoctorState> = {
  name: 'versions',
  needs: ['UASAM answers', 'Brain answers'],
  run: async (state) => {
    const own = state.run.context.version;
    const versions: [string, string][] = [];
    for (const name of ['UASAM', 'Brain'] as const) {
      const version = await versionOf(clientOf(state, name));
      if (version === null) throw new CheckSkipped(`${name} does not say its version; otas is ${own}`);
      versions.push([name, version]);
    }
    const told = [...versions, ['otas', own]].map(([name, version]) => `${name} ${version}`).join(', ');
    const isSame = versions.every(([, version]) => seriesOf(version) === seriesOf(own));
    if (isSame) return told;
    throw new CheckFailed(`not of one version: ${told}`, 'install the same version of all three');
  },
};

/** As its description of the API says; null where it has none. */
async function versionOf(client: ApiClient): Promise<string | null> {
  try {
    const version = (await client.get('/openapi.json')).value?.info?.version;
    return typeof version === 'string' ? escapeText(version.slice(0, 50)) : null;
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null;
    throw error;
  }
}

/** Versions of one series go together: `0.1` of `0.1.5`. */
const seriesOf = (version: string): string => version.split('.').slice(0, 2).join('.');

const skewMaxMs = 30_000;

export const clockCheck: Check<DoctorState> = {
  name: 'clock',
  needs: ['UASAM answers'],
  run: async ({ skewsMs }) => {
    const skews = [...skewsMs].map(([name, ms]) => ({ name, ms, text: describeSkew(name, ms) }));
    const wrong = skews.filter(({ ms }) => Math.abs(ms) > skewMaxMs);
    if (wrong.length > 0) {
      const text = wrong.map((skew) => skew.text).join(', ');
      throw new CheckFailed(text, 'set the clocks by NTP: times of events and ends of tokens depend on them');
    }
    return skews.length === 0 ? 'the services tell no time' : 'as that of the services';
  },
};

function describeSkew(name: string, ms: number): string {
  const where = ms > 0 ? 'ahead of' : 'behind';
  return `this machine is ${formatDuration(Math.abs(ms))} ${where} ${name}`;
}

export function clientOf({ uasam, brain }: DoctorState, name: Name): ApiClient {
  return (name === 'UASAM' ? uasam : brain) as ApiClient;
}
