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
const { WEATHER_URL } = process.env;
const tracer = trace.getTracer('weather');

const get = (url) =>
  new Promise((resolve, reject) => {
    http
      .get(url, (response) => response.resume().once('end', () => resolve(response.statusCode)))
      .once('error', reject);
  });

/** A tool, as the conventions for generative AI describe one. */
const forecast = (input) =>
  tracer.startActiveSpan('execute_tool forecast', async (span) => {
    span.setAttributes({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'forecast',
      'gen_ai.tool.call.arguments': JSON.stringify(input),
    });
    try {
      const status = await get(`${WEATHER_URL}/forecast?${new URLSearchParams(input)}`);
      span.setAttribute('gen_ai.tool.call.result', JSON.stringify({ status }));
      return status;
    } finally {
      span.end();
    }
  });

async function main() {
  console.log(`the weather service answered ${await forecast({ city: process.argv[2] ?? 'Oslo' })}`);
  await provider.shutdown(); // sends what still waits
}

main();
