import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { ownAgents } from '../platform/node/own-agents';
import type { Recorder } from '../record/recorder';
import { guard, recorderOf } from '../session-context';
import { decodeBody } from './decode-body';
import { type FollowedCalls, followCalls } from './follow-calls';
import { type HttpArguments, urlOfArguments, withSessionHeader } from './http-arguments';
import { isNodeSince } from './node-version';
import { ObservedCall } from './observed-call';
import { patchMethod } from './patch';
import { sessionHeader } from './session-header';
import { requestSteps, watchRequest } from './watch-request';

const createdChannel = 'http.client.request.created';
const hasCreatedChannel = isNodeSince(22, 12);

/** What is known of a call before its request is made. */
interface Plan {
  readonly args: HttpArguments;
  /** Null: the request is in the domain, or nobody's. */
  readonly call: ObservedCall | null;
}

/**
 * Puts our functions in the place of `request` and `get` of `node:http` and `node:https`, for `require` and `import`.
 * Each hop of a redirect is a call, since each is a request of its own.
 *
 * @returns takes them out again; calls under way are still recorded
 */
export function hookNodeHttp(): () => void {
  const followed = followCalls(requestSteps);
  /** More than 0 while a function of ours makes a request. */
  let depth = 0;

  const wrap = (protocol: string) => (original: (...args: never[]) => unknown, isActive: () => boolean) =>
    function request(this: unknown, ...args: unknown[]): unknown {
      const plan = isActive() ? guard(() => planOf(args, protocol)) : null;
      depth++;
      try {
        const request = Reflect.apply(original, this, plan?.args ?? args);
        if (plan?.call) guard(() => follow(followed, request as ClientRequest, plan.call as ObservedCall));
        return request;
      } finally {
        depth--;
      }
    };
  const made = (request: ClientRequest): void => {
    if (depth === 0) guard(() => observeMade(followed, request));
  };
  const restores = [
    ...['request', 'get'].map((name) => patchMethod(http, name, wrap('http:'))),
    ...['request', 'get'].map((name) => patchMethod(https, name, wrap('https:'))),
    hookMade(made),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
    followed.stop();
  };
}

/** Tells of requests while they are made, also by who had kept `http.request` before we came; of each at least once. */
function hookMade(tell: (request: ClientRequest) => void): () => void {
  if (hasCreatedChannel) {
    const created = (message: unknown): void => tell((message as { request: ClientRequest }).request);
    subscribe(createdChannel, created);
    return () => void unsubscribe(createdChannel, created);
  }
  return patchMethod(
    http.Agent.prototype,
    'addRequest',
    (original, isActive) =>
      function addRequest(this: unknown, ...args: unknown[]): unknown {
        if (isActive()) tell(args[0] as ClientRequest);
        return Reflect.apply(original, this, args);
      },
  );
}

function planOf(args: HttpArguments, protocol: string): Plan {
  const url = urlOfArguments(args, protocol);
  const recorder = recorderOf(url);
  if (recorder === null) return { args, call: null };
  if (!recorder.isInDomain(url)) return { args, call: new ObservedCall(recorder, decodeBody) };
  const token = recorder.sessionToken;
  return { args: token === '' ? args : withSessionHeader(args, token), call: null };
}

function observeMade(followed: FollowedCalls, request: ClientRequest): void {
  const { agent } = request as { agent?: object };
  // A session of another installation does not know the addresses of this one.
  if (agent !== undefined && ownAgents.has(agent as http.Agent)) return;
  const url = `${request.protocol}//${authorityOf(request)}${request.path}`;
  const recorder: Recorder | null = recorderOf(url);
  if (recorder === null) return;
  if (!recorder.isInDomain(url)) {
    follow(followed, request, new ObservedCall(recorder, decodeBody));
    return;
  }
  const token = recorder.sessionToken;
  if (token !== '' && !request.hasHeader(sessionHeader)) request.setHeader(sessionHeader, token);
}

/** The header knows the port, but may name another host than the one that the request goes to. */
function authorityOf(request: ClientRequest): string {
  const named = String(request.getHeader('host') ?? '');
  return named.replace(/:\d+$/, '') === request.host ? named : request.host;
}

function follow(followed: FollowedCalls, request: ClientRequest, call: ObservedCall): void {
  // In other runtimes than Node one function of ours may stand behind another.
  if (followed.has(request)) return;
  followed.add(request, call);
  watchRequest(request, call);
  call.begin(request.method, request.path);
}
