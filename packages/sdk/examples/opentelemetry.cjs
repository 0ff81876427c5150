// A program that is traced by OpenTelemetry, and knows nothing of OTAS: its spans go to Brain as to any other collector.
//   OTEL_EXPORTER_OTLP_TRACES_ENDPOINT  http://127.0.0.1:8002/v1/traces
//   OTEL_EXPORTER_OTLP_HEADERS          x-otas-agent-key=agent_…,x-otas-agent-session-token=eyJ…
const { trace } = require('@opentelemetry/api');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { BatchSpanProcessor, NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

// What is required from here on is traced.
const http = require('node:http');
const tracer = trace.getTracer('weather');

const get = (url) =>
  new Promise((resolve, reject) => {
    http
      .get(url, (response) => response.resume().once('end', () => resolve(response.statusCode)))
      .once('error', reject);
  });

/** A tool, as the conventions for generative AI name it. */
const forecast = (city) =>
  tracer.startActiveSpan('execute_tool forecast', async (span) => {
    span.setAttributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'forecast' });
    try {
      return await get(`${process.env.WEATHER_URL}/forecast?city=${encodeURIComponent(city)}`);
    } finally {
      span.end();
    }
  });

async function main() {
  console.log(`the weather service answered ${await forecast(process.argv[2] ?? 'Oslo')}`);
  await provider.shutdown(); // sends what still waits
}

main();
