import net from 'node:net';
import { serveCalls } from '../support/worker';

/** What a round of load is. */
export interface LoadPlan {
  readonly port: number;
  /** Whole requests, head and body; each connection sends them by turns, each beginning with another one. */
  readonly requests: readonly Uint8Array[];
  /** Each has one request under way at a time. */
  readonly connections: number;
  readonly durationMs: number;
  /** Ends the round early after as many requests. */
  readonly requestsMax?: number;
  /** Where in every request an id's last 12 hexadecimal digits stand; they are new in every request. */
  readonly idPlaces?: readonly number[];
}

export interface LoadResult {
  /** How many answers came, by status. */
  readonly statuses: Readonly<Record<number, number>>;
  readonly elapsedMs: number;
  /** Of every answer, in milliseconds. */
  readonly latenciesMs: Float64Array;
  /** The first answer that was no success, if there was one. */
  readonly firstFailure: string | null;
}

const readBytes = 64 * 1024;
const idDigits = 12;
// Ids of an earlier process would be the same events.
let lastId = Math.floor(Math.random() * 2 ** 40);

class Round {
  readonly #plan: LoadPlan;
  readonly statuses: Record<number, number> = {};
  readonly latenciesMs: number[] = [];
  firstFailure: string | null = null;
  readonly startedMs = performance.now();
  lastAnswerMs = this.startedMs;
  #sent = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
  }

  /** One connection: sends, waits for the whole answer, and so on until the round is over. */
  connect(first: number): Promise<void> {
    const { port } = this.#plan;
    const requests = this.#plan.requests.map((request) => Buffer.from(request));
    let next = first;
    let sentMs = 0;
    let head = '';
    let missingBytes = -1;
    return new Promise((resolve, reject) => {
      const send = (): void => {
        if (!this.#mayStart()) {
          socket.end();
          resolve();
          return;
        }
        const request = requests[next++ % requests.length] as Buffer;
        this.#renewIds(request);
        sentMs = performance.now();
        socket.write(request);
      };
      const onBytes = (length: number, buffer: Uint8Array): boolean => {
        if (missingBytes < 0) {
          head += Buffer.from(buffer.buffer, buffer.byteOffset, length).toString('latin1');
          const headEnd = head.indexOf('\r\n\r\n');
          if (headEnd === -1) return true;
          missingBytes = contentLengthOf(head) - (head.length - headEnd - 4);
        } else {
          missingBytes -= length;
        }
        if (missingBytes > 0) return true;
        this.#take(head, sentMs);
        head = '';
        missingBytes = -1;
        send();
        return true;
      };
      const socket = net.connect({
        port,
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer: Buffer.alloc(readBytes), callback: onBytes },
      } as net.NetConnectOpts);
      socket.once('connect', send);
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the server closed a connection')));
    });
  }

  #mayStart(): boolean {
    const { durationMs, requestsMax = Number.POSITIVE_INFINITY } = this.#plan;
    return performance.now() - this.startedMs < durationMs && this.#sent++ < requestsMax;
  }

  #renewIds(request: Buffer): void {
    for (const place of this.#plan.idPlaces ?? []) {
      request.write((++lastId).toString(16).padStart(idDigits, '0'), place, idDigits, 'latin1');
    }
  }

  #take(head: string, sentMs: number): void {
    const status = Number(head.slice(9, 12));
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status >= 300) this.firstFailure ??= head.slice(0, 1000);
    this.lastAnswerMs = performance.now();
    this.latenciesMs.push(this.lastAnswerMs - sentMs);
  }
}

function contentLengthOf(head: string): number {
  const at = head.search(/\r\ncontent-length:/i);
  if (at === -1) throw new Error('an answer without Content-Length');
  return Number.parseInt(head.slice(at + '\r\ncontent-length:'.length, head.indexOf('\r\n', at + 2)), 10);
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const round = new Round(plan);
  await Promise.all(Array.from({ length: plan.connections }, (_, at) => round.connect(at)));
  return {
    statuses: round.statuses,
    elapsedMs: round.lastAnswerMs - round.startedMs,
    latenciesMs: Float64Array.from(round.latenciesMs),
    firstFailure: round.firstFailure,
  };
}

serveCalls({ run });
