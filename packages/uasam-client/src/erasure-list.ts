import { ApiError } from '@otas/errors';
import { flagIn, listIn, objectIn, textIn, textOrNullIn, timeIn } from './read-json';
import type { UasamHttp } from './uasam-http';

/** What is to be gone from every store. */
export interface ErasureRequest {
  readonly id: string;
  /** `project`, `agent`, `session`; others may come with later versions of UASAM. */
  readonly kind: string;
  readonly projectId: string;
  /** Null of a project. */
  readonly agentId: string | null;
  /** Null unless it is of a session. */
  readonly sessionId: string | null;
  /** How long ago it was requested when the answer was made, in milliseconds and by UASAM's clock alone. */
  readonly ageMs: number;
  /** Whether somebody has said already that the events are erased. */
  readonly areEventsErased: boolean;
}

export interface ErasurePage {
  readonly erasures: readonly ErasureRequest[];
  readonly hasMore: boolean;
}

/**
 * What UASAM wants erased. Both methods throw ApiError 503 `auth_service_timeout` or `auth_service_error` when it cannot be
 * asked, or does not answer as it should.
 */
export class ErasureList {
  readonly #http: UasamHttp;

  /** @param http sends the service's token */
  constructor(http: UasamHttp) {
    this.#http = http;
  }

  /** The oldest erasures ever requested, or those after one (null: from the first); 1,000 at the most. */
  async list(after: string | null): Promise<ErasurePage> {
    const query = after === null ? '' : `?after=${encodeURIComponent(after)}`;
    const { status, body } = await this.#http.get(`/internal/v1/erasures/${query}`);
    if (status !== 200) throw refused(status, body);
    const response = objectIn(body, 'response');
    const now = timeIn(response, 'now');
    const erasures = listIn(response, 'erasures').map((one) => ({
      id: textIn(one, 'id'),
      kind: textIn(one, 'kind'),
      projectId: textIn(one, 'project_id'),
      agentId: textOrNullIn(one, 'agent_id'),
      sessionId: textOrNullIn(one, 'session_id'),
      ageMs: (now - timeIn(one, 'requested_at')) / 1000,
      areEventsErased: one.events_erased_at !== null,
    }));
    return { erasures, hasMore: flagIn(response, 'has_more') };
  }

  /** Says that no store of the asker has anything left of it; `erased` are numbers of rows. Counts once, however often it is said. */
  async reportErased(id: string, erased: Readonly<Record<string, number>>): Promise<void> {
    const { status, body } = await this.#http.post('/internal/v1/erasures/done/', { id, erased });
    if (status !== 200) throw refused(status, body);
  }
}

function refused(status: number, body: Readonly<Record<string, unknown>>): ApiError {
  return new ApiError('auth_service_error', {
    cause: `UASAM answered with status ${status} ${body.status_description}`,
  });
}
