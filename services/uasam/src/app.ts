import type { RequestListener } from 'node:http';
import { createApp, type MountedEndpoint } from '@otas/http-kit';
import { toApiError } from './db/errors';
import type { Deps } from './deps';
import { healthOf, internalEndpoints, publicEndpoints } from './routes';

export interface UasamApps {
  /** What is served on the service's port. */
  readonly main: RequestListener;
  /** What is served on the port of other services; null: `main` has it too. */
  readonly internal: RequestListener | null;
}

const internalPrefix = '/internal/';
const nobody: readonly string[] = [];

/** The service's applications; `isStopping` turns `/readyz` red before the service stops to listen. */
export function createUasamApps(deps: Deps, isStopping: () => boolean): UasamApps {
  const create = (endpoints: readonly MountedEndpoint[], corsOrigins: readonly string[]): RequestListener =>
    createApp({
      endpoints: [...endpoints, ...healthOf(deps, isStopping)],
      logger: deps.logger,
      bodyMaxBytes: deps.config.requestMaxBytes,
      corsOrigins,
      toApiError,
    });
  const main = create(publicEndpoints(deps), deps.config.corsOrigins);
  // No web page has a service's token, and none is told that it may send one.
  const internal = create(internalEndpoints(deps), nobody);
  if (deps.config.internalPort !== null) return { main, internal };
  return {
    main: (req, res) => (req.url?.startsWith(internalPrefix) ? internal(req, res) : main(req, res)),
    internal: null,
  };
}
