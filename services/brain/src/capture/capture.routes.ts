import { endpoint, type MountedEndpoint } from '@otas/http-kit';
import {
  authenticateAgentCapture,
  authenticateSdkCapture,
  type CaptureAuth,
} from '../auth/capture-credentials';
import { type CaptureDeps, captureEvent } from './capture-event';

/** `POST …/log/sdk/` by a project's own back end, `POST …/log/agent/` by the agent itself. */
export function captureEndpoints(deps: CaptureDeps & CaptureAuth): MountedEndpoint[] {
  return [
    endpoint({
      methods: ['POST'],
      path: '/api/v1/backend/log/agent/',
      authenticate: (context) => authenticateAgentCapture(deps, context),
      body: (raw) => raw,
      status: 201,
      description: 'event_captured',
      handle: async ({ principal, body }) => ({
        response: { event_id: await captureEvent(deps, principal, body) },
      }),
    }),
    endpoint({
      methods: ['POST'],
      path: '/api/v1/backend/log/sdk/',
      authenticate: (context) => authenticateSdkCapture(deps, context),
      body: (raw) => raw,
      status: 201,
      description: 'event_captured',
      handle: async ({ principal, body }) => ({
        response: { event_id: await captureEvent(deps, principal, body) },
      }),
    }),
  ];
}
