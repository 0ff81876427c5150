import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tenant } from '../support/tenant';
import { oneOf, type Random } from './random';
import { makeEvent, type Naming, type SentEvent } from './sent-event';

export interface LoadOptions {
  readonly tenant: Tenant;
  /** Brains; an event with an id goes to all of them at the same moment, one without to any. */
  readonly targets: readonly { readonly url: string }[];
  readonly eventsPerSecond: number;
  /** Every event is added here, in the order of being sent. */
  readonly ledger: SentEvent[];
  readonly random: Random;
  /** From which the naming of each request's events is drawn. Default: half without an id. */
  readonly namings?: readonly Naming[];
  /** Events in one request; past 1 they go to the route for batches. Default 1. */
  readonly batch?: number;
}

const tickMs = 10;
const answerWithinMs = 10_000;
const settleWithinMs = 60_000;
const inFlightMax = 1000;

/**
 * Sends events at a steady rate, whether they are answered or not, as clients do that must lose nothing: what has an id
 * is sent again until it gets a 201, what has none is sent once.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
  readonly #timer: NodeJS.Timeout;
  readonly #inFlight = new Set<Promise<void>>();
  /** How often each answer came, as `201 event_captured`; `none` where there was none. */
  readonly answers = new Map<string, number>();
  /** How long the slowest answer took, in milliseconds. */
  slowestMs = 0;
  #giveUpAtMs = Number.POSITIVE_INFINITY;

  constructor(options: LoadOptions) {
    this.#options = options;
    const startMs = performance.now();
    const batch = options.batch ?? 1;
    let requests = 0;
    this.#timer = setInterval(() => {
      const due = ((performance.now() - startMs) / 1000) * (options.eventsPerSecond / batch);
      for (; requests < due; requests++) if (this.#inFlight.size < inFlightMax) this.#begin(batch);
    }, tickMs);
  }

  /** Answers with a status of 500 and more, other than those named. */
  faults(...expected: string[]): string[] {
    return [...this.answers.keys()].filter(
      (answer) => /^5|unasked/.test(answer) && !expected.includes(answer),
    );
  }

  /**
   * Sends nothing new, and waits for what is under way, retries too.
   *
   * @throws Error when an event with an id got no 201 in a minute
   */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    this.#giveUpAtMs = performance.now() + settleWithinMs;
    await Promise.all(this.#inFlight);
    this.#agent.destroy();
  }

  #begin(batch: number): void {
    const { ledger, random, tenant, targets, namings } = this.#options;
    const naming = oneOf<Naming>(random, namings ?? ['unnamed', 'unnamed', 'untimed', 'timed']);
    const events = Array.from({ length: batch }, () => {
      const event = makeEvent(ledger.length, naming, tenant.projectId, random);
      ledger.push(event);
      return event;
    });
    const to = naming === 'unnamed' ? [oneOf(random, targets)] : targets;
    const sending = Promise.all(to.map((target) => this.#deliver(events, target))).then(() => undefined);
    this.#inFlight.add(sending);
    sending.then(
      () => this.#inFlight.delete(sending),
      () => undefined,
    );
  }

  async #deliver(events: readonly SentEvent[], target: { readonly url: string }): Promise<void> {
    for (;;) {
      const answer = await this.#send(events, target.url);
      const key = answer === null ? 'none' : `${answer.status} ${answer.body.status_description}`;
      this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
      if (answer?.status === 201) return take(events, answer.body.response);
      if (answer !== null && answer.status < 500) throw new Error(`a good event got ${key}`);
      if (events[0]?.naming === 'unnamed') {
        for (const event of events) event.isRefused = answer !== null;
        return;
      }
      if (performance.now() > this.#giveUpAtMs) throw new Error(`after a minute the answer is still ${key}`);
      await sleep(100 + 100 * this.#options.random());
    }
  }

  /** The answer; null when there was none. */
  async #send(events: readonly SentEvent[], url: string): Promise<HttpAnswer | null> {
    const isBatch = (this.#options.batch ?? 1) > 1;
    const body = isBatch ? { events: events.map((event) => event.body) } : events[0]?.body;
    const path = `/api/v1/backend/log/agent/${isBatch ? 'batch/' : ''}`;
    const startMs = performance.now();
    const answer = await post(this.#agent, url + path, this.#options.tenant.agent, JSON.stringify(body));
    if (answer !== null) {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startMs);
      const isLater = answer.status === 429 || answer.status === 503;
      if (isLater && !(Number(answer.retryAfter) >= 1)) this.answers.set('unasked: no Retry-After', 1);
    }
    return answer;
  }
}

interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the service sent; the tests say what it must be.
  readonly body: any;
}

function post(
  agent: http.Agent,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<HttpAnswer | null> {
  return new Promise((resolve) => {
    const all = { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const options = { method: 'POST', agent, headers: all, timeout: answerWithinMs };
    const request = http.request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(null));
      response.on('end', () => {
        const { statusCode: status = 0, headers: answered } = response;
        const text = Buffer.concat(chunks).toString();
        resolve({ status, retryAfter: answered['retry-after'], body: JSON.parse(text) });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
    request.end(body);
  });
}

function take(events: readonly SentEvent[], response: Record<string, unknown>): void {
  const results = (response.results ?? [response]) as { event_id: string }[];
  events.forEach((event, index) => {
    event.takenAtMs = performance.now();
    event.eventId ??= results[index]?.event_id ?? 'none was answered';
  });
}
