import { OriginalUnreadable } from './original';

/** Why an import stopped, and what to do, in lines for its standard error. */
export function describeFailure(error: unknown): string {
  const { message = '', code = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const reason = `The import stopped: ${message || code || 'unknown error'}`;
  if (error instanceof OriginalUnreadable) return `${reason}\nNothing was written.`;
  return `${reason}\nWhat was imported is there; run it again to go on.`;
}
