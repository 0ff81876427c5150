import { ApiError } from '@otas/errors';
import { EventStoreUnavailable } from '@otas/event-store';
import { createApp, type RequestMetrics, type Tracing } from '@otas/http-kit';
import type { BrainConfig } from './config';
import type { Deps } from './deps';
import { otlpErrorBody } from './otlp/otlp-form';
import { routes } from './routes';
import { errorBody } from './v2/error-form';

/** Who watches the application; undefined: nobody. */
export interface Watchers {
  readonly metrics: RequestMetrics | undefined;
  readonly tracing: Tracing | undefined;
}

/** Brain's application. */
export function createBrainApp(
  config: BrainConfig,
  deps: Deps,
  isStopping: () => boolean,
  watchers?: Watchers,
) {
  return createApp({
    endpoints: routes(deps, isStopping),
    logger: deps.logger,
    bodyMaxBytes: config.REQUEST_MAX_BYTES,
    corsOrigins: config.CORS_ORIGINS,
    toApiError: (error) =>
      error instanceof EventStoreUnavailable
        ? new ApiError('event_store_unavailable', { cause: error })
        : null,
    errorBody: (error, context) => otlpErrorBody(error, context) ?? errorBody(error, context),
    limits: deps.limits.requests,
    ...watchers,
  });
}
