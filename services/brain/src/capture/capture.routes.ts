import { type Authentication, authentication, endpoint, type MountedEndpoint } from '@otas/http-kit';
import {
  authenticateAgentCapture,
  authenticateSdkCapture,
  type CaptureAuth,
} from '../auth/capture-credentials';
import { captureBatch, itemsOfJson, itemsOfLines } from './capture-batch';
import { captureEvent } from './capture-event';
import type { EventCapture } from './event-capture';
import type { CapturePrincipal } from './to-event';

export interface CaptureDeps extends CaptureAuth {
  readonly capture: EventCapture;
}

/** `…/log/sdk/` for a project's own back end, `…/log/agent/` for the agent itself; each for one event and for many. */
export function captureEndpoints(deps: CaptureDeps): MountedEndpoint[] {
  const agent = authentication('capturing agent', (context) => authenticateAgentCapture(deps, context));
  const backEnd = authentication('capturing back end', (context) => authenticateSdkCapture(deps, context));
  return [
    ...captureAt(deps, '/api/v1/backend/log/agent/', agent),
    ...captureAt(deps, '/api/v1/backend/log/sdk/', backEnd),
  ];
}

function captureAt(
  deps: CaptureDeps,
  path: string,
  authenticate: Authentication<CapturePrincipal>,
): MountedEndpoint[] {
  const one = endpoint({
    methods: ['POST'],
    path,
    authenticate,
    body: (raw) => raw,
    status: 201,
    description: 'event_captured',
    handle: async ({ principal, body }) => ({ response: await captureEvent(deps.capture, principal, body) }),
  });
  const many = endpoint({
    methods: ['POST'],
    path: `${path}batch/`,
    authenticate,
    body: (raw) => raw,
    status: 201,
    handle: ({ principal, body, context }) => {
      const isLines =
        context.header('content-type')?.toLowerCase().startsWith('application/x-ndjson') ?? false;
      return captureBatch(deps.capture, principal, isLines ? itemsOfLines(body) : itemsOfJson(body));
    },
  });
  return [one, many];
}
