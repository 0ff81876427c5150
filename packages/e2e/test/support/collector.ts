import http from 'node:http';
import type { AddressInfo } from 'node:net';

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
export class Collector {
  readonly spans: ReceivedSpan[] = [];
  readonly #server = http.createServer((req, res) => this.#receive(req, res));

  static async start(): Promise<Collector> {
    const collector = new Collector();
    await new Promise<void>((resolve) => collector.#server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #receive(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    if (req.url === '/v1/traces') this.#read(JSON.parse(Buffer.concat(chunks).toString()));
    res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
  }

  // biome-ignore lint/suspicious/noExplicitAny: a message of OTLP, of which the tests say what it must hold.
  #read(message: any): void {
    for (const { resource, scopeSpans } of message.resourceSpans) {
      const service = String(attributesOf(resource)['service.name']);
      for (const span of scopeSpans.flatMap((scope: { spans: object[] }) => scope.spans)) {
        const { traceId, spanId, parentSpanId, name, kind, status } = span;
        const isError = status?.code === 2;
        const parent = parentSpanId === '' ? null : (parentSpanId ?? null);
        this.spans.push({
          ...{ service, traceId, spanId, name, kind, isError },
          parentSpanId: parent,
          attributes: attributesOf(span),
        });
      }
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function attributesOf({ attributes }: any): Record<string, string | number> {
  return Object.fromEntries(
    // biome-ignore lint/suspicious/noExplicitAny: as above.
    attributes.map(({ key, value }: any) => [key, value.stringValue ?? Number(value.intValue)]),
  );
}
