import type { Micros } from '@otas/event-schema';

export const sessionStatuses = ['active', 'ended', 'revoked', 'expired'] as const;

/** An `active` session may be written to; how the others became what they are, in the order of the words. */
export type SessionStatus = (typeof sessionStatuses)[number];

/** How a session was ended before it expired. */
export type SessionEnd = 'ended' | 'revoked';

interface SessionTimes {
  readonly createdAt: Micros;
  /** Null as long as nobody has ended it. */
  readonly endKind: SessionEnd | null;
}

/** How long a session lasts, which is how long its token is good. */
export const sessionLifetimeSeconds = 30 * 24 * 60 * 60;

const microsPerSecond = 1_000_000;

/** When a session expires: as its token, 30 days after the whole second in which it was created. */
export function expiryOf({ createdAt }: Pick<SessionTimes, 'createdAt'>): Micros {
  return (Math.floor(createdAt / microsPerSecond) + sessionLifetimeSeconds) * microsPerSecond;
}

export function statusOf(session: SessionTimes, now: Date): SessionStatus {
  return session.endKind ?? (expiryOf(session) <= now.getTime() * 1000 ? 'expired' : 'active');
}

/** Sessions that were created before this time have expired at `now`, and no others. */
export function expiredBefore(now: Date): Date {
  return new Date((Math.floor(now.getTime() / 1000) - sessionLifetimeSeconds + 1) * 1000);
}
