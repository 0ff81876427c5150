import { z } from 'zod';

/** One environment variable. An empty value counts as not set. */
export interface Setting<T> {
  /** What it does, in one sentence. */
  readonly meaning: string;
  /** `ms`, `bytes`, `days`, … or `''` for a plain text. */
  readonly unit: string;
  /** As it would stand in the environment; null: it must be given. */
  readonly defaultText: string | null;
  /** Reads the text that stands in the environment. */
  readonly schema: z.ZodType<T, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What must hold between settings: gives the line of the fault, without any value, or null. */
export type SettingsRule = (environment: Environment) => string | null;

type Values<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** The environment does not fit; `faults` has a line for every variable that is missing or wrong, without its value. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment does not fit:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/**
 * Reads every setting from `environment`.
 *
 * @param rules what must hold between them
 * @throws SettingsError with all faults at once. It never holds a value, since a value may be a secret.
 */
export function parseSettings<S extends Record<string, Setting<unknown>>>(
  declared: S,
  environment: Environment,
  rules: readonly SettingsRule[] = [],
): Values<S> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(declared)) {
    const text = environment[name] || setting.defaultText;
    if (text === null) {
      faults.push(`${name} is missing: ${setting.meaning}`);
      continue;
    }
    const result = setting.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else faults.push(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  for (const rule of rules) {
    const fault = rule(environment);
    if (fault !== null) faults.push(fault);
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return values as Values<S>;
}

/** The settings as lines of an `.env` file: a comment with meaning, unit and default, then `NAME=default`. */
export function describeSettings(declared: Readonly<Record<string, Setting<unknown>>>): string {
  return Object.entries(declared)
    .map(([name, { meaning, unit, defaultText }]) => {
      const details = [unit, defaultText === null ? 'required' : `default ${defaultText || 'empty'}`];
      return `# ${meaning} (${details.filter((text) => text !== '').join(', ')})\n${name}=${defaultText ?? ''}`;
    })
    .join('\n\n');
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const secretsUnit = 'comma-separated, at least 32 characters each';
const secretList = z
  .string()
  .transform(listOf)
  .refine((list) => list.every((one) => one.length >= 32), 'every secret needs at least 32 characters');

/** The kinds of settings that the services have. */
export const settings = {
  /** A whole number from `min` to `max`, both inclusive. */
  integer(meaning: string, unit: string, defaultValue: number, min: number, max: number): Setting<number> {
    const message = `must be a whole number from ${min} to ${max}`;
    const schema = z
      .string()
      .regex(/^\d+$/, message)
      .transform(Number)
      .refine((value) => value >= min && value <= max, message);
    return { meaning, unit, defaultText: String(defaultValue), schema };
  },

  /** A TCP port, 0 for any free one; null when it is left out. */
  optionalPort(meaning: string): Setting<number | null> {
    const message = 'must be a whole number from 0 to 65535';
    const schema = z
      .string()
      .regex(/^\d*$/, message)
      .transform((text) => (text === '' ? null : Number(text)))
      .refine((port) => port === null || port <= 65_535, message);
    return { meaning, unit: '', defaultText: '', schema };
  },

  /** Any text; `defaultText` null makes it required. */
  text(meaning: string, defaultText: string | null): Setting<string> {
    return { meaning, unit: '', defaultText, schema: z.string() };
  },

  /** A URL of one of `protocols` (such as `http:`); `defaultText` null makes it required, and `''` is none. */
  url(meaning: string, protocols: readonly string[], defaultText: string | null): Setting<string> {
    const message = `must be a URL that begins with ${protocols.map((one) => `${one}//`).join(' or ')}`;
    const fits = (text: string): boolean => URL.canParse(text) && protocols.includes(new URL(text).protocol);
    const schema = z.string().refine((text) => (text === '' && defaultText === '') || fits(text), message);
    return { meaning, unit: '', defaultText, schema };
  },

  /** Texts with commas between them. */
  list(meaning: string, defaultText: string): Setting<readonly string[]> {
    return { meaning, unit: 'comma-separated', defaultText, schema: z.string().transform(listOf) };
  },

  /** One or more secrets of at least 32 characters, comma-separated; there is no default. */
  secrets(meaning: string): Setting<readonly string[]> {
    const schema = secretList.refine((list) => list.length > 0, 'needs at least one secret');
    return { meaning, unit: secretsUnit, defaultText: null, schema };
  },

  /** The same, or none: for secrets that may also be given in another way. */
  optionalSecrets(meaning: string): Setting<readonly string[]> {
    const isGiven = (text: string): boolean => text === '' || listOf(text).length > 0;
    const schema = z.string().refine(isGiven, 'needs at least one secret').pipe(secretList);
    return { meaning, unit: secretsUnit, defaultText: '', schema };
  },

  /**
   * The path of a file; null when it is left out.
   *
   * @param check throws an Error for a file that is of no use; its message shows nothing of what the file holds
   */
  optionalFile(meaning: string, check: (path: string) => unknown): Setting<string | null> {
    const schema = z.string().transform((path, context) => {
      try {
        if (path !== '') check(path);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'of no use' });
      }
      return path === '' ? null : path;
    });
    return { meaning, unit: 'path', defaultText: '', schema };
  },

  /** One of the given words. */
  choice(meaning: string, words: readonly [string, ...string[]], defaultText: string): Setting<string> {
    return { meaning, unit: words.join(' | '), defaultText, schema: z.enum(words) };
  },
};

/** Exactly one of the two must be given; where `isInstead` says so, none is enough. */
export function oneOfTwo(
  first: string,
  second: string,
  isInstead: (environment: Environment) => boolean = () => false,
): SettingsRule {
  return (environment) => {
    const given = [first, second].filter((name) => environment[name]);
    if (given.length === 2) return `${first} and ${second} are both given, and only one of them may be`;
    return given.length === 1 || isInstead(environment) ? null : `${first} or ${second} is missing`;
  };
}
