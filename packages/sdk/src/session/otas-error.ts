/** What `OtasError.code` says when it is not a code that UASAM or Brain answered. */
export type OtasErrorCode =
  | 'no_agent_key'
  | 'no_sdk_key'
  | 'invalid_option'
  | 'invalid_session_token'
  | 'uasam_unreachable'
  | 'brain_unreachable'
  | 'queue_full'
  | 'event_too_large'
  | 'spool_failed'
  | (string & {});

/** The only error that the SDK throws, and what `onError` is told. Its message holds no credential. */
export class OtasError extends Error {
  override readonly name = 'OtasError';
  /** A code of the SDK, or the one that UASAM or Brain answered (`invalid_agent_key`). */
  readonly code: OtasErrorCode;

  constructor(code: OtasErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
