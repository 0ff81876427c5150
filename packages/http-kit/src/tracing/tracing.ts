import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Span, SpanOptions, Tracer } from '@opentelemetry/api';
import { type TracingConfig, wantsTraces } from './tracing-settings';

type Api = typeof import('@opentelemetry/api');

/** A collector that does not answer is not worth a longer stop. */
const stopMaxMs = 2000;

/** Headers that make what the other side does a part of the same trace. */
type TraceHeaders = Readonly<Record<string, string>>;

/**
 * The spans of a service (OpenTelemetry): one for each request that it answers, which goes on with the trace in its
 * `traceparent`, and within it one for each request to another service.
 */
export class Tracing {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #shutdown: () => Promise<void>;

  constructor(api: Api, name: string, shutdown: () => Promise<void>) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(name);
    this.#shutdown = shutdown;
  }

  /** Answers a request within a span. @param route its template; null: there is none */
  async serve(
    req: IncomingMessage,
    res: ServerResponse,
    route: string | null,
    answer: () => Promise<void>,
  ): Promise<void> {
    const { context, propagation, trace, SpanKind } = this.#api;
    const parent = propagation.extract(context.active(), req.headers);
    const method = req.method ?? '';
    const options: SpanOptions = {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': method, ...(route === null ? {} : { 'http.route': route }) },
    };
    const span = this.#tracer.startSpan(route === null ? method : `${method} ${route}`, options, parent);
    try {
      await context.with(trace.setSpan(parent, span), answer);
    } finally {
      this.#end(span, res.headersSent ? res.statusCode : null, 500);
    }
  }

  /**
   * Asks another service within a span; what no request waits for has none. An arrow, to be handed on.
   *
   * @param path without a query
   * @param send sends the request with these headers more
   */
  readonly ask = async <T extends { readonly status: number }>(
    method: string,
    path: string,
    send: (headers: TraceHeaders) => Promise<T>,
  ): Promise<T> => {
    const { context, propagation, trace, SpanKind } = this.#api;
    const parent = context.active();
    if (trace.getSpan(parent) === undefined) return send({});
    const attributes = { 'http.request.method': method, 'url.path': path };
    const span = this.#tracer.startSpan(`${method} ${path}`, { kind: SpanKind.CLIENT, attributes }, parent);
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(parent, span), headers);
    let status: number | null = null;
    try {
      const answer = await send(headers);
      status = answer.status;
      return answer;
    } finally {
      this.#end(span, status, 400);
    }
  };

  /** Sends what has ended, as far as the collector takes it within two seconds. */
  async stop(): Promise<void> {
    await Promise.race([this.#shutdown(), sleep(stopMaxMs, undefined, { ref: false })]);
  }

  /** @param status null: there was no answer */
  #end(span: Span, status: number | null, failedFrom: number): void {
    if (status !== null) span.setAttribute('http.response.status_code', status);
    if (status === null || status >= failedFrom) span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    span.end();
  }
}

/** Loads OpenTelemetry where the settings want traces; null where they do not. @param service its name, where none is given */
export async function startTracing(service: string, config: TracingConfig): Promise<Tracing | null> {
  if (!wantsTraces(config)) return null;
  const [api, sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.NodeTracerProvider({
    resource: resources.resourceFromAttributes({ 'service.name': service }).merge(given),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return new Tracing(api, service, () => provider.shutdown());
}
