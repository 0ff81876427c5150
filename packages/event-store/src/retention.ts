import type { Micros } from '@otas/event-schema';

/** For how many days events are kept; 0: for ever. */
export interface RetentionRules {
  /** Of every project that has none of its own. */
  readonly defaultDays: number;
  /** By the project's id. */
  readonly daysOf: ReadonlyMap<string, number>;
}

const dayMicros = 24 * 60 * 60 * 1_000_000;

/** How long events are kept, as it is known now; for ever until it is known. */
export class Retention {
  rules: RetentionRules = { defaultDays: 0, daysOf: new Map() };
  readonly #now: () => Micros;

  /** @param now for tests */
  constructor(now: () => Micros = () => Date.now() * 1000) {
    this.#now = now;
  }

  /** Events of a project before this time are gone; null: none is. */
  beginOf(projectId: string): Micros | null {
    const days = this.rules.daysOf.get(projectId) ?? this.rules.defaultDays;
    return days === 0 ? null : this.#now() - days * dayMicros;
  }

  /** The projects of which events are gone, by when what is left begins; `except` is of the default, for all others. */
  groups(): {
    readonly begin: Micros;
    readonly projectIds: readonly string[];
    readonly except: readonly string[] | null;
  }[] {
    const { defaultDays, daysOf } = this.rules;
    const own = [...daysOf];
    const beginOf = (days: number): Micros => this.#now() - days * dayMicros;
    const ofDefault = { begin: beginOf(defaultDays), projectIds: [], except: own.map(([id]) => id) };
    const lengths = new Set(own.map(([, days]) => days).filter((days) => days > 0));
    return [
      ...(defaultDays === 0 ? [] : [ofDefault]),
      ...[...lengths].map((days) => {
        const projectIds = own.filter(([, one]) => one === days).map(([id]) => id);
        return { begin: beginOf(days), projectIds, except: null };
      }),
    ];
  }
}
