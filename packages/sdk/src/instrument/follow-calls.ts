import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { guard } from '../session-context';
import type { ObservedCall } from './observed-call';

/** What a channel's message tells of a call. */
export type Step = (call: ObservedCall, message: never) => void;

/** Calls that are followed on diagnostics channels. */
export interface FollowedCalls {
  has(request: object): boolean;
  /** @param request the object that the channels' messages have as `request` */
  add(request: object, call: ObservedCall): void;
  /** Takes no more calls, and stops listening as soon as those under way are over. */
  stop(): void;
}

/** @param steps by the name of the channel; each of its messages has a `request` */
export function followCalls(steps: Readonly<Record<string, Step>>): FollowedCalls {
  const calls = new WeakMap<object, ObservedCall>();
  let openCount = 0;
  let isStopped = false;

  const listeners = Object.entries(steps).map(([channel, step]) => {
    const listener = (message: unknown): void => {
      guard(() => {
        const call = calls.get((message as { request: object }).request);
        if (call !== undefined) step(call, message as never);
      });
    };
    subscribe(channel, listener);
    return { channel, listener };
  });
  const stopIfIdle = (): void => {
    if (!isStopped || openCount > 0) return;
    for (const { channel, listener } of listeners) unsubscribe(channel, listener);
  };

  return {
    has: (request) => calls.has(request),
    add: (request, call) => {
      calls.set(request, call);
      openCount++;
      call.whenOver = () => {
        openCount--;
        stopIfIdle();
      };
    },
    stop: () => {
      isStopped = true;
      stopIfIdle();
    },
  };
}
