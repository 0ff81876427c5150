import { ApiError } from '@otas/errors';
import { z } from 'zod';
import { anybody } from './authentication';
import { endpoint, type MountedEndpoint } from './endpoint';

/** Resolves when the store answered a real query; rejects when it did not. */
export type HealthCheck = () => Promise<unknown>;

export interface Health {
  /** By the store's name, as `/readyz` shows it. */
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** True from the moment on which a stop was asked for, so that load balancers look elsewhere. */
  isStopping(): boolean;
  /** How long one check may take, in milliseconds. */
  readonly checkTimeoutMs: number;
}

/**
 * `GET /healthz`: 200 while the process can answer at all. `GET /readyz`: 200 when every store answered a real query,
 * else 503 `not_ready`; `checks` says of each store `ok` or `failed`, and nothing of the reason.
 */
export function healthEndpoints(health: Health): MountedEndpoint[] {
  const oks = Object.fromEntries(Object.keys(health.checks).map((name) => [name, z.literal('ok')]));
  const alive = endpoint({
    methods: ['GET'],
    path: '/healthz',
    authenticate: anybody,
    status: 200,
    description: 'alive',
    handle: () => ({}),
    about: {
      name: 'getHealth',
      tag: 'Service',
      summary: 'Tells that the process answers',
      answer: z.object({}),
    },
  });
  const ready = endpoint({
    methods: ['GET'],
    path: '/readyz',
    authenticate: anybody,
    status: 200,
    description: 'ready',
    handle: async () => {
      const checks = await runChecks(health);
      const isReady = !health.isStopping() && Object.values(checks).every((result) => result === 'ok');
      if (!isReady) throw new ApiError('not_ready', { payload: { checks, stopping: health.isStopping() } });
      return { checks };
    },
    about: {
      name: 'getReadiness',
      tag: 'Service',
      summary: 'Tells whether every store answers',
      answer: z.object({ checks: z.object(oks) }),
      errors: ['not_ready'],
    },
  });
  return [alive, ready];
}

async function runChecks(health: Health): Promise<Record<string, 'ok' | 'failed'>> {
  const names = Object.keys(health.checks);
  const results = await Promise.all(
    names.map(async (name) => {
      const check = health.checks[name] as HealthCheck;
      return [name, await passes(check, health.checkTimeoutMs)] as const;
    }),
  );
  return Object.fromEntries(results.map(([name, passed]) => [name, passed ? 'ok' : 'failed']));
}

async function passes(check: HealthCheck, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([check().then(() => true), timeout]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
