import type { ApiError } from '@otas/errors';
import type { z } from 'zod';
import type { Authentication } from './authentication';
import type { Step } from './checked';
import { EventStream } from './event-stream';
import { PathTemplate } from './path-template';
import { RawBody } from './raw-body';
import { readBody } from './read-body';
import type { RequestContext } from './request-context';
import type { RouteDescription } from './route-description';
import { Turns } from './turns';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface EndpointInput<Principal, Query, Body> {
  /** Who acts, as the credentials proved it. */
  readonly principal: Principal;
  readonly query: Query;
  readonly body: Body;
  readonly context: RequestContext;
}

/** A success with a status and a `status_description` of its own, for an endpoint that has more than one. */
export class Success {
  readonly status: number;
  readonly description: string;
  readonly payload: object;

  constructor(status: number, description: string, payload: object) {
    this.status = status;
    this.description = description;
    this.payload = payload;
  }
}

/**
 * A success whose body is `body` itself, without `status` and `status_description`: JSON, or a `BytesBody`; null is an answer
 * without a body.
 */
export class PlainAnswer {
  readonly status: number;
  readonly body: object | null;
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: object | null, headers: Readonly<Record<string, string>> = {}) {
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/**
 * One route, declared once. A request passes its steps in the order in which they stand here; each may throw an
 * ApiError, which ends the request with that error's answer.
 */
export interface Endpoint<Principal, Query, Body> {
  readonly methods: readonly Method[];
  /**
   * The path, with or without a slash at its end as the contract gives it; the other way it answers the same. A whole
   * segment may be a parameter, `{agent_key}`: see `RequestContext.pathParameter`.
   */
  readonly path: string;
  /** Proves who asks; `anybody` for a public route. */
  readonly authenticate: Authentication<Principal>;
  /** Checks the query string. Left out: the query is not looked at. Made with `checked`, it also describes it. */
  readonly query?: Step<URLSearchParams, Query>;
  /** Checks the body. Left out: the body is not read. Made with `checked`, it also describes it. */
  readonly body?: Step<RawBody, Body>;
  /** HTTP status of success. */
  readonly status: number;
  /** `status_description` of success. Left out: the answer has none (three answers of the original are so). */
  readonly description?: string;
  /**
   * Does the work and gives what stands beside `status` and `status_description`, or a whole {@link Success},
   * {@link PlainAnswer} or {@link EventStream}.
   */
  handle(input: EndpointInput<Principal, Query, Body>): object | Promise<object>;
  /** Changes this route's errors where the contract gives them another form. */
  onError?(error: ApiError): ApiError;
  /** What `openapi.json` says of it beside what the steps say. */
  readonly about?: RouteDescription;
}

/** An endpoint whose types no longer matter to whoever mounts it. */
export interface MountedEndpoint {
  readonly methods: readonly Method[];
  readonly path: string;
  /** Who may call it: `Authentication.who`. */
  readonly who: string;
  readonly onError: ((error: ApiError) => ApiError) | undefined;
  /** What makes its entry in `openapi.json`; nothing of it is looked at while a request is answered. */
  readonly described: DescribedEndpoint;
  /** Runs all steps and gives a successful answer. */
  run(context: RequestContext): Promise<EndpointAnswer>;
}

export interface DescribedEndpoint {
  /** Null: nobody has described it yet. */
  readonly about: RouteDescription | null;
  readonly status: number;
  readonly description: string | null;
  readonly readsQuery: boolean;
  readonly query: z.ZodType | null;
  /** By content type; null: the body is not read. */
  readonly body: Readonly<Record<string, z.ZodType | null>> | null;
}

/** A successful answer: its HTTP status and whole body, which may be an {@link EventStream}; null: it has none. */
export interface EndpointAnswer {
  readonly status: number;
  readonly body: object | null;
  /** Beside those that every answer has; an {@link EventStream} has no others. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Longer ones take milliseconds to be parsed and worked on. */
const shortBodyMaxBytes = 64 * 1024;
const turns = new Turns();

async function bodyOf({ req, bodyLimits }: RequestContext): Promise<RawBody> {
  const bytes = await readBody(req, bodyLimits);
  if (bytes.length > shortBodyMaxBytes) await turns.next();
  return new RawBody(bytes);
}

/** Declares an endpoint; the types of principal, query and body follow from its steps. */
export function endpoint<Principal, Query = undefined, Body = undefined>(
  spec: Endpoint<Principal, Query, Body>,
): MountedEndpoint {
  const template = new PathTemplate(spec.path);
  return {
    methods: spec.methods,
    path: spec.path,
    who: spec.authenticate.who,
    onError: spec.onError,
    described: describe(spec),
    run: async (context) => {
      context.template = template;
      const principal = await spec.authenticate(context);
      const query = spec.query?.(context.query()) as Query;
      const body = spec.body?.(await bodyOf(context)) as Body;
      const result = await spec.handle({ principal, query, body, context });
      if (result instanceof PlainAnswer) return result;
      if (result instanceof EventStream) return { status: spec.status, body: result };
      if (result instanceof Success) return answerOf(result.status, result.description, result.payload);
      return answerOf(spec.status, spec.description, result);
    },
  };
}

function describe<P, Q, B>({
  about,
  status,
  description,
  query,
  body,
}: Endpoint<P, Q, B>): DescribedEndpoint {
  return {
    about: about ?? null,
    status,
    description: description ?? null,
    readsQuery: query !== undefined,
    query: query?.schema ?? about?.query ?? null,
    body: body === undefined ? null : { 'application/json': body.schema ?? null, ...body.otherTypes },
  };
}

function answerOf(status: number, description: string | undefined, payload: object) {
  return { status, body: { status: 1, status_description: description, ...payload } };
}
