import { ApiError } from '@otas/errors';
import { EventStoreUnavailable } from '@otas/event-store';
import { createApp } from '@otas/http-kit';
import type { BrainConfig } from './config';
import type { Deps } from './deps';
import { routes } from './routes';
import { errorBody } from './v2/error-form';

/** Brain's application. */
export function createBrainApp(config: BrainConfig, deps: Deps, isStopping: () => boolean) {
  return createApp({
    endpoints: routes(deps, isStopping),
    logger: deps.logger,
    bodyMaxBytes: config.REQUEST_MAX_BYTES,
    corsOrigins: config.CORS_ORIGINS,
    toApiError: (error) =>
      error instanceof EventStoreUnavailable
        ? new ApiError('event_store_unavailable', { cause: error })
        : null,
    errorBody,
    limits: deps.limits.requests,
  });
}
