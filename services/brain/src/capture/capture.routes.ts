import { backendEventSchema } from '@otas/event-schema';
import {
  type Authentication,
  authentication,
  checked,
  endpoint,
  type MountedEndpoint,
  type RawBody,
} from '@otas/http-kit';
import { z } from 'zod';
import {
  authenticateAgentCapture,
  authenticateSdkCapture,
  type CaptureAuth,
} from '../auth/capture-credentials';
import { batchAnswer, batchSchema, captureBatch, itemsOfJson, itemsOfLines } from './capture-batch';
import { capturedEvent, captureEvent } from './capture-event';
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
    ...captureAt(deps, '/api/v1/backend/log/agent/', 'Agent', agent),
    ...captureAt(deps, '/api/v1/backend/log/sdk/', 'BackEnd', backEnd),
  ];
}

// Read by the verb, which counts what it refuses.
const anEvent = checked(backendEventSchema, (raw: RawBody) => raw);
const lines = z.string().meta({ description: 'An event as JSON on each line.', examples: ['{"path":"/a"}'] });
const someEvents = checked(batchSchema, (raw: RawBody) => raw, { 'application/x-ndjson': lines });
const promise =
  'The 201 means that it is on disk, and `visible` that the next read has it. The same `event_id` sent again is the same event.';

function captureAt(
  deps: CaptureDeps,
  path: string,
  by: 'Agent' | 'BackEnd',
  authenticate: Authentication<CapturePrincipal>,
): MountedEndpoint[] {
  const sender = by === 'Agent' ? 'the agent itself' : 'a back end of the project';
  const one = endpoint({
    methods: ['POST'],
    path,
    authenticate,
    body: anEvent,
    status: 201,
    description: 'event_captured',
    handle: async ({ principal, body }) => ({ response: await captureEvent(deps.capture, principal, body) }),
    about: {
      name: `log${by}Event`,
      tag: 'Capture',
      summary: `Takes one event in, from ${sender}`,
      details: promise,
      answer: z.object({ response: capturedEvent }),
      errors: ['missing_required_fields', 'invalid_request', 'project_mismatch', 'event_log_full'],
    },
  });
  const many = endpoint({
    methods: ['POST'],
    path: `${path}batch/`,
    authenticate,
    body: someEvents,
    status: 201,
    handle: ({ principal, body, context }) => {
      const isLines =
        context.header('content-type')?.toLowerCase().startsWith('application/x-ndjson') ?? false;
      return captureBatch(deps.capture, principal, isLines ? itemsOfLines(body) : itemsOfJson(body));
    },
    about: {
      name: `log${by}Events`,
      tag: 'Capture',
      summary: `Takes 1 to 1,000 events in, from ${sender}`,
      details: `Each on its own: what is wrong with one says nothing of the others. ${promise}`,
      answer: [
        { description: 'events_captured', payload: z.object({ response: batchAnswer }) },
        { status: 207, description: 'events_partly_captured', payload: z.object({ response: batchAnswer }) },
      ],
      errors: ['events_rejected', 'invalid_request', 'event_log_full'],
    },
  });
  return [one, many];
}
