import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

/** A service of docker-compose.yml. */
export interface Service {
  readonly hostname?: string;
  readonly image?: string;
  readonly build?: { readonly dockerfile: string; readonly target: string };
  readonly ports?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  /** Not given: that of the image. */
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart: string;
  readonly user?: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly tmpfs: readonly string[];
  readonly logging: { readonly options: Readonly<Record<string, string>> };
  readonly stop_grace_period?: string;
  /** Left out: it always runs. */
  readonly profiles?: readonly string[];
  readonly cpus: number;
  readonly mem_limit: string;
}

/** A setting, as `.env.example` tells it. */
export interface Setting {
  readonly name: string;
  /** Empty where there is none. */
  readonly defaultText: string;
  readonly isRequired: boolean;
}

export const root = path.join(__dirname, '..', '..', '..', '..');
export const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** docker-compose.yml as it is written. */
export const text = read('docker-compose.yml');
/** The same with its anchors filled in; what stands in `${…}` is as it is written. */
export const compose: { services: Record<string, Service>; volumes: object } = parse(text, { merge: true });
export const dockerfile = read('infra/docker/Dockerfile');
export const { postgres, clickhouse, migrate, uasam, brain } = compose.services as Record<string, Service>;
/** Every service by its name that runs without being asked for. */
export const all = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
/** Those that a profile adds. */
export const ofProfile = (name: string): [string, Service][] =>
  Object.entries(compose.services).filter(([, { profiles }]) => profiles?.includes(name));
/** Those that the profile `observability` adds. */
export const observers = ofProfile('observability');
/** Those that run our code all the time. */
export const ours = { uasam, brain } as Record<'uasam' | 'brain', Service>;
export const databases = { postgres, clickhouse } as Record<string, Service>;
export const settings = { uasam: settingsUnder('UASAM'), brain: settingsUnder('Brain') };

/** The settings of one service as `.env.example` lists them, those of both included. */
function settingsUnder(title: string): Setting[] {
  const sections = read('.env.example').split(/^#### /m);
  return ['Both services', title].flatMap((wanted) => {
    const section = sections.find((one) => one.startsWith(`${wanted}\n`)) ?? '';
    return [...section.matchAll(/^# (.*)\n([A-Z_]+)=(.*)$/gm)].map(([, meaning, name, defaultText]) => ({
      name: name as string,
      defaultText: defaultText as string,
      isRequired: /\brequired\)$/.test(meaning as string),
    }));
  });
}

/** The lines of a stage of the Dockerfile, without its first. */
export function stage(from: string, name: string): string {
  const found = dockerfile.split(/^FROM /m).find((one) => one.startsWith(`${from} AS ${name}\n`));
  return found ?? '';
}

/** The memory that a service may take. */
export const megabytes = ({ mem_limit: limit }: Service): number => Number(/^(\d+)m$/.exec(limit)?.[1]);

/** The port on which a service listens by default. */
export function portOf(name: 'uasam' | 'brain'): string {
  const setting = settings[name].find((one) => one.name === `${name.toUpperCase()}_PORT`);
  return setting?.defaultText as string;
}

/** The names in `${NAME:?message}`: the file cannot be used without them. */
export function demandedIn(value: string): string[] {
  return [...value.matchAll(/\$\{([A-Z_]+):\?[^}]+\}/g)].map((match) => match[1] as string);
}
