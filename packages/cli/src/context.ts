import type { Readable } from 'node:stream';
import type { LoginFile } from './config/login-file';
import { projectOf, readSettings, type Settings, tokenOf } from './config/settings';
import { ApiClient } from './http/api-client';
import { Output, type Sink } from './output/output';

/** What the program has of the process around it. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly loginFile: LoginFile;
  /** Of this program. */
  readonly version: string;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: true;
  readonly human?: true;
}

/** Both services, asked by the user who is logged in, about the project that was chosen. */
export interface Services {
  readonly uasam: ApiClient;
  readonly brain: ApiClient;
  readonly projectId: string;
}

/** One run of one command. */
export class Run {
  readonly context: Context;
  readonly out: Output;

  constructor(context: Context, { json, human }: CommonOptions) {
    this.context = context;
    const form = json ? 'json' : human ? 'human' : null;
    this.out = new Output({ sink: context.stdout, env: context.env, form });
  }

  /** @throws CliError 2 or 3 when they cannot be used */
  settings(): Promise<Settings> {
    return readSettings(this.context.env, this.context.loginFile);
  }

  /** UASAM, asked by the user. @throws CliError 3 when nobody is logged in */
  async asUser(): Promise<ApiClient> {
    const settings = await this.settings();
    return new ApiClient('UASAM', settings.uasamUrl, { 'X-OTAS-USER-TOKEN': tokenOf(settings) });
  }

  /** @throws CliError 3 when nobody is logged in, or no project was chosen */
  async asMember(): Promise<Services> {
    const settings = await this.settings();
    const token = tokenOf(settings);
    const projectId = projectOf(settings);
    const headers = { 'X-OTAS-USER-TOKEN': token, 'X-OTAS-PROJECT-ID': projectId };
    return {
      uasam: new ApiClient('UASAM', settings.uasamUrl, headers),
      brain: new ApiClient('Brain', settings.brainUrl, headers),
      projectId,
    };
  }

  /** A line for people on standard error, beside what a command gives. */
  async note(text: string): Promise<void> {
    await new Output({ sink: this.context.stderr, env: this.context.env, form: 'human' }).line(text);
  }
}
