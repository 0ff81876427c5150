import type { RequestListener } from 'node:http';
import { createApp } from '@otas/http-kit';
import { toApiError } from './db/errors';
import type { Deps } from './deps';
import { allEndpoints } from './routes';

const readinessTimeoutMs = 2000;

/** The service's application; `isStopping` turns `/readyz` red before the service stops to listen. */
export function createUasamApp(deps: Deps, isStopping: () => boolean): RequestListener {
  const health = {
    checks: { postgres: () => deps.database.ping() },
    isStopping,
    checkTimeoutMs: readinessTimeoutMs,
  };
  return createApp({
    endpoints: allEndpoints(deps, health),
    logger: deps.logger,
    bodyMaxBytes: deps.config.requestMaxBytes,
    corsOrigins: deps.config.corsOrigins,
    toApiError,
    limits: deps.limits.requests,
  });
}
