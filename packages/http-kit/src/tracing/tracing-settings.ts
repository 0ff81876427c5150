import { settings } from '../settings';

const { text, choice } = settings;

/** The standard's names; what is read of them here is whether there are traces, the rest by OpenTelemetry itself. */
export const tracingSettings = {
  OTEL_TRACES_EXPORTER: choice(
    'Where traces go; otlp is also what an endpoint alone means',
    ['otlp', 'none', ''],
    '',
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: text(
    'Collector of traces, by OTLP over HTTP with JSON; empty is no traces',
    '',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: text('The same with its path, as it is to be asked', ''),
  OTEL_EXPORTER_OTLP_HEADERS: text('Headers for it, name=value, comma-separated', ''),
  OTEL_SERVICE_NAME: text('Name of the service in traces; empty is otas-uasam or otas-brain', ''),
  OTEL_TRACES_SAMPLER: text(
    'Which requests are traced, such as parentbased_traceidratio; empty is parentbased_always_on',
    '',
  ),
  OTEL_TRACES_SAMPLER_ARG: text('Its argument, such as 0.01', ''),
  OTEL_SDK_DISABLED: choice('true: no traces, whatever else is given', ['false', 'true'], 'false'),
};

/** What the settings say. */
export type TracingConfig = Readonly<
  Record<
    | 'OTEL_SDK_DISABLED'
    | 'OTEL_TRACES_EXPORTER'
    | 'OTEL_EXPORTER_OTLP_ENDPOINT'
    | 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    string
  >
>;

/** Whether there are traces: not by default. */
export function wantsTraces(config: TracingConfig): boolean {
  if (config.OTEL_SDK_DISABLED === 'true') return false;
  if (config.OTEL_TRACES_EXPORTER !== '') return config.OTEL_TRACES_EXPORTER === 'otlp';
  return config.OTEL_EXPORTER_OTLP_ENDPOINT !== '' || config.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT !== '';
}
