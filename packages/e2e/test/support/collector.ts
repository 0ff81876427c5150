import { text } from 'node:stream/consumers';
import { type LocalServer, startLocalServer } from '../../../../test/local-server';

/** A span as a collector gets it. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  /** 2: of who answers, 3: of who asks. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
}

/** Takes traces by OTLP over HTTP with JSON. */
export interface Collector extends LocalServer {
  readonly spans: readonly ReceivedSpan[];
}

export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const server = await startLocalServer(async (req, res) => {
    const message = await text(req);
    if (req.url === '/v1/traces') spans.push(...spansOf(JSON.parse(message)));
    res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  });
  return { ...server, spans };
}

// biome-ignore lint/suspicious/noExplicitAny: a message of OTLP, of which the tests say what it must hold.
function spansOf(message: any): ReceivedSpan[] {
  const spans: ReceivedSpan[] = [];
  for (const { resource, scopeSpans } of message.resourceSpans) {
    const service = String(attributesOf(resource)['service.name']);
    for (const span of scopeSpans.flatMap((scope: { spans: object[] }) => scope.spans)) {
      const { traceId, spanId, parentSpanId, name, kind, status } = span;
      spans.push({
        ...{ service, traceId, spanId, name, kind, isError: status?.code === 2 },
        parentSpanId: parentSpanId === '' ? null : (parentSpanId ?? null),
        attributes: attributesOf(span),
      });
    }
  }
  return spans;
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function attributesOf({ attributes }: any): Record<string, string | number> {
  return Object.fromEntries(
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    attributes.map(({ key, value }: any) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}
