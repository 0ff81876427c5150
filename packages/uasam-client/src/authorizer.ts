import { hash } from 'node:crypto';
import { parseUuid } from '@otas/event-schema';
import { AccessRefused } from './access-refused';
import { type Answer, type AnswerAges, AnswerCache } from './answer-cache';
import { type Authorization, type Question, questionBody, readAuthorization } from './authorization';
import type { Revocations } from './revocations';
import type { UasamHttp } from './uasam-http';

/** Where the holder of a key and a session's token may record. Ids are canonical UUIDs. */
export interface CaptureGrant {
  readonly projectId: string;
  readonly agentId: string;
  readonly sessionId: string;
}

/** What was allowed to be read is not read without UASAM; what was allowed to be written goes on for ten minutes. */
export type Purpose = 'read' | 'write';

const ages: Readonly<Record<Purpose, AnswerAges>> = {
  read: { refreshMs: 5_000, trustedMs: 10_000, staleMs: 10_000 },
  write: { refreshMs: 5_000, trustedMs: 10_000, staleMs: 10 * 60_000 },
};

/** Names a question, and tells nothing of the credential. */
export function nameOf(question: Question): string {
  return hash('sha256', JSON.stringify(question), 'base64');
}

/** Asks UASAM who may do what, and remembers what was allowed until it is revoked. */
export class Authorizer {
  readonly #http: UasamHttp;
  readonly #answers: Readonly<Record<Purpose, AnswerCache<Authorization>>>;
  readonly #captures: AnswerCache<CaptureGrant>;

  constructor(http: UasamHttp, revocations: Revocations, nowMs: () => number) {
    this.#http = http;
    this.#answers = {
      read: new AnswerCache(ages.read, nowMs, revocations),
      write: new AnswerCache(ages.write, nowMs, revocations),
    };
    this.#captures = new AnswerCache(ages.write, nowMs, revocations);
  }

  /** How many questions were answered from memory, and how many by asking UASAM. */
  uses(): { use: string; from: 'memory' | 'uasam'; count: number }[] {
    const caches = { ...this.#answers, capture: this.#captures };
    return Object.entries(caches).flatMap(([use, { questions, loads }]) => [
      { use, from: 'memory' as const, count: questions - loads },
      { use, from: 'uasam' as const, count: loads },
    ]);
  }

  /**
   * Asks, whatever is remembered.
   *
   * @throws AccessRefused; ApiError 503 `auth_service_timeout` or `auth_service_error` when UASAM cannot be asked
   */
  async ask(question: Question): Promise<Authorization> {
    const { credential } = question;
    if (
      credential.kind === 'user' &&
      credential.projectId !== null &&
      parseUuid(credential.projectId) === null
    ) {
      await this.ask({ credential: { ...credential, projectId: null }, action: 'identify' });
      throw new AccessRefused('user_project_mapping_invalid');
    }
    return readAuthorization(await this.#http.post('/internal/v1/authorize/', questionBody(question)));
  }

  /**
   * The same, remembered.
   *
   * @param name of the question, where it is known already
   */
  async authorize(
    question: Question,
    purpose: Purpose,
    name: string = nameOf(question),
  ): Promise<Authorization> {
    return this.#answers[purpose].get(name, async () => {
      const value = await this.ask(question);
      return { value, ids: value.ids, endsAtMs: value.endsAtMs };
    });
  }

  /**
   * What was allowed with these credentials on this route, which decides about events; not a promise when it is remembered.
   *
   * @param load verifies the token and asks; throws a 5xx when it could not, and any other error for a no
   */
  getCapture(
    route: string,
    key: string,
    token: string,
    load: () => Promise<Answer<CaptureGrant>>,
  ): CaptureGrant | Promise<CaptureGrant> {
    return this.#captures.get(`${route}\n${key}\n${token}`, load);
  }
}
