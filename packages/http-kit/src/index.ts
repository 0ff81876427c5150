export { type Authentication, anybody, authentication } from './authentication';
export { BytesBody } from './bytes-body';
export { checked, type Step } from './checked';
export { type AppOptions, createApp } from './create-app';
export { documentationEndpoints } from './documentation';
export {
  type DescribedEndpoint,
  type Endpoint,
  type EndpointInput,
  endpoint,
  type MountedEndpoint,
  PlainAnswer,
  Success,
} from './endpoint';
export {
  EventStream,
  type EventStreamOptions,
  type EventStreamWriter,
  formatServerSentEvent,
} from './event-stream';
export { type Health, type HealthCheck, healthEndpoints } from './health';
export {
  createHttpServer,
  endConnections,
  type HttpServerOptions,
  listen,
  stopListening,
} from './http-server';
export { JsonText } from './json-text';
export { clientAddress, limitedAddress } from './limits/client-address';
export { type Count, type Counters, MemoryCounters } from './limits/counters';
export { createLimits, type Limits } from './limits/limits';
export type { RequestRule } from './limits/request-limits';
export { createLogger, type Logger } from './logger';
export { Durations } from './metrics/durations';
export { counter, gauge, type Metric, type Sample } from './metrics/metric';
export { type MetricsServer, startMetricsServer } from './metrics/metrics-server';
export { RequestMetrics } from './metrics/request-metrics';
export { type JsonObject, RawBody } from './raw-body';
export { faultsOf, firstOfEach, readFields } from './read-fields';
export type { RequestContext } from './request-context';
export type { AnswerDescription, RouteDescription } from './route-description';
export { serviceSettings, shutdownRule } from './service-settings';
export {
  describeSettings,
  oneOfTwo,
  parseSettings,
  type Setting,
  SettingsError,
  type SettingsRule,
  settings,
} from './settings';
export { endOnSignal, reportPort, runUntilSignal, type ShutdownStep } from './shutdown';
export { startTracing, type Tracing } from './tracing/tracing';
export type { TracingConfig } from './tracing/tracing-settings';
