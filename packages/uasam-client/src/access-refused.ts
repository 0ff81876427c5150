const reasons = [
  'invalid_agent_key',
  'invalid_sdk_key',
  'invalid_token',
  'user_project_mapping_invalid',
  'agent_not_found',
  'forbidden',
  'session_not_found',
  'session_ended',
  'insufficient_scope',
  /** The agent's key names agents of several projects. */
  'invalid_request',
  /** One that this version does not know. */
  'unknown',
] as const;

/** Why UASAM says no; the checks are in this order, but `forbidden` may be that of the last one, too. */
export type RefusalReason = (typeof reasons)[number];

/** UASAM's no to a question. What the client is told depends on the route. */
export class AccessRefused extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason) {
    super(`UASAM refused: ${reason}`);
    this.name = 'AccessRefused';
    this.reason = reason;
  }
}

export function toRefusalReason(text: unknown): RefusalReason {
  return reasons.find((reason) => reason === text) ?? 'unknown';
}
