/** What the program ends with; docs/cli.md tells each. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  unavailable: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** An end other than success. `message` is for people, one line, and holds no secret; what others wrote is escaped in it. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}

/** An option or an argument that cannot be used as it is. */
export const usageError = (message: string): CliError => new CliError(exitCodes.usage, message);

/** Something that is not there, or not for this user. */
export const notFound = (message: string): CliError => new CliError(exitCodes.notFound, message);
