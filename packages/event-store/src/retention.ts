import type { Micros } from '@otas/event-schema';

/** For how many days events are kept; 0: for ever. */
export interface RetentionRules {
  /** Of every project that has none of its own. */
  readonly defaultDays: number;
  /** By the project's id. */
  readonly daysOf: ReadonlyMap<string, number>;
}

const dayMicros = 24 * 60 * 60 * 1_000_000;

const forEver: RetentionRules = { defaultDays: 0, daysOf: new Map() };

/** How long events are kept, as it is known now. */
export class Retention {
  #rules: RetentionRules | null = null;
  #learning: Promise<void> | null = null;
  readonly #learn: () => Promise<RetentionRules>;
  readonly #now: () => Micros;

  /**
   * @param learn asks for the rules; left out: all events are kept for ever until somebody sets others
   * @param now for tests
   */
  constructor(
    learn: () => Promise<RetentionRules> = async () => forEver,
    now: () => Micros = () => Date.now() * 1000,
  ) {
    this.#learn = learn;
    this.#now = now;
  }

  /** For ever until they are known. */
  get rules(): RetentionRules {
    return this.#rules ?? forEver;
  }

  set rules(rules: RetentionRules) {
    this.#rules = rules;
  }

  /** Resolves once the rules are known; asks for them if they are not, once for all who wait. Throws what asking throws. */
  async untilKnown(): Promise<void> {
    if (this.#rules !== null) return;
    this.#learning ??= this.#learnThem().finally(() => {
      this.#learning = null;
    });
    await this.#learning;
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

  async #learnThem(): Promise<void> {
    const rules = await this.#learn();
    this.#rules ??= rules;
  }
}
