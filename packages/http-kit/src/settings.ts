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
 * @throws SettingsError with all faults at once. It never holds a value, since a value may be a secret.
 */
export function parseSettings<S extends Record<string, Setting<unknown>>>(
  declared: S,
  environment: Readonly<Record<string, string | undefined>>,
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
    const schema = z
      .string()
      .transform(listOf)
      .refine((list) => list.length > 0, 'needs at least one secret')
      .refine((list) => list.every((one) => one.length >= 32), 'every secret needs at least 32 characters');
    return { meaning, unit: 'comma-separated, at least 32 characters each', defaultText: null, schema };
  },

  /** One of the given words. */
  choice(meaning: string, words: readonly [string, ...string[]], defaultText: string): Setting<string> {
    return { meaning, unit: words.join(' | '), defaultText, schema: z.enum(words) };
  },
};
