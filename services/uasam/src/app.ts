import type { RequestListener } from 'node:http';
import {
  type AppOptions,
  createApp,
  type MountedEndpoint,
  type RequestMetrics,
  type Tracing,
} from '@otas/http-kit';
import { toApiError } from './db/errors';
import type { Deps } from './deps';
import { healthOf, internalEndpoints, publicEndpoints } from './routes';

export interface UasamApps {
  /** What is served on the service's port. */
  readonly main: RequestListener;
  /** What is served on the port of other services; null: `main` has it too. */
  readonly internal: RequestListener | null;
}

/** Who watches the applications; undefined: nobody. */
export interface Watchers {
  readonly metrics: RequestMetrics | undefined;
  readonly tracing: Tracing | undefined;
}

const internalPrefix = '/internal/';

/** The service's applications; `isStopping` turns `/readyz` red before the service stops to listen. */
export function createUasamApps(deps: Deps, isStopping: () => boolean, watchers?: Watchers): UasamApps {
  const create = (
    endpoints: readonly MountedEndpoint[],
    more: Pick<AppOptions, 'corsOrigins' | 'limits'>,
  ): RequestListener =>
    createApp({
      endpoints: [...endpoints, ...healthOf(deps, isStopping)],
      logger: deps.logger,
      bodyMaxBytes: deps.config.requestMaxBytes,
      toApiError,
      ...watchers,
      ...more,
    });
  const main = create(publicEndpoints(deps), {
    corsOrigins: deps.config.corsOrigins,
    limits: deps.limits.requests,
  });
  // No web page has a service's token, and none is told that it may send one. Brain's questions are as many as its own
  // limits let through.
  const internal = create(internalEndpoints(deps), { corsOrigins: [] });
  if (deps.config.internalPort !== null) return { main, internal };
  return {
    main: (req, res) => (req.url?.startsWith(internalPrefix) ? internal(req, res) : main(req, res)),
    internal: null,
  };
}
