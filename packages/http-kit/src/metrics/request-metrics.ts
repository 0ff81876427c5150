import { Durations } from './durations';
import type { Metric } from './metric';

/** The label of what no route is for. */
const noRoute = 'none';
const methods = new Set(['GET', 'POST', 'PUT', 'DELETE']);
/** A client that has gone gets no answer; the usual number for that in logs. */
export const clientGoneStatus = 499;

/** The requests of one route with one method. */
class MethodMetrics {
  readonly durations = new Durations();
  readonly countByStatus = new Map<number, number>();
}

/** The requests of one route. */
export class RouteMetrics {
  readonly byMethod = new Map<string, MethodMetrics>();

  /**
   * Counts a request that was answered.
   *
   * @param ms how long that took; null when it says nothing, as that of a stream which its client ends
   */
  add(method: string, status: number, ms: number | null): void {
    const of = this.#of(method);
    of.countByStatus.set(status, (of.countByStatus.get(status) ?? 0) + 1);
    if (ms !== null) of.durations.add(ms);
  }

  #of(sent: string): MethodMetrics {
    const found = this.byMethod.get(sent);
    if (found !== undefined) return found;
    // A client may send any word; only those that there are get a label of their own.
    const method = sent === 'HEAD' ? 'GET' : methods.has(sent) ? sent : 'other';
    const known = this.byMethod.get(method) ?? new MethodMetrics();
    this.byMethod.set(method, known);
    return known;
  }
}

/** The requests of a service by the template of their route, never by the path that was sent. */
export class RequestMetrics {
  readonly #routes = new Map<string, RouteMetrics>();

  /** What counts the requests of a route; null: of none that there is. */
  of(route: string | null): RouteMetrics {
    const name = route ?? noRoute;
    const found = this.#routes.get(name) ?? new RouteMetrics();
    this.#routes.set(name, found);
    return found;
  }

  metrics(): Metric[] {
    return [
      {
        name: 'otas_http_requests_total',
        help: 'Requests that were answered; status 499: the client had gone.',
        type: 'counter',
        read: () =>
          this.#all().flatMap(({ labels, of }) =>
            [...of.countByStatus].map(([status, value]) => ({
              value,
              labels: { ...labels, status: String(status) },
            })),
          ),
      },
      {
        name: 'otas_http_request_duration_seconds',
        help: 'How long the answers took, without those of streams.',
        type: 'histogram',
        read: () => this.#all().flatMap(({ labels, of }) => of.durations.samples(labels)),
      },
    ];
  }

  #all() {
    return [...this.#routes].flatMap(([route, { byMethod }]) =>
      [...byMethod].map(([method, of]) => ({ labels: { method, route }, of })),
    );
  }
}
