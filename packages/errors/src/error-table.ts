/** One row: the HTTP status, and the text sent as `status_description` where it is not the code itself. */
interface ErrorRow {
  readonly status: number;
  readonly description?: string;
}

/**
 * Every error that a service answers with. The key is the code used in our own code; two rows may share one public
 * text, because the contract gives the same text another HTTP status on another service (`invalid_sdk_key` is 403 in
 * UASAM and 401 in Brain).
 */
export const errorTable = {
  // Any route of any service.
  invalid_json: { status: 400 },
  invalid_request: { status: 400 },
  not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  request_timeout: { status: 408 },
  payload_too_large: { status: 413 },
  unsupported_content_encoding: { status: 415 },
  unsupported_media_type: { status: 415 },
  expectation_failed: { status: 417 },
  rate_limit_exceeded: { status: 429 },
  headers_too_large: { status: 431 },
  server_error: { status: 500 },
  database_unavailable: { status: 503 },
  not_ready: { status: 503 },

  // UASAM: users.
  missing_token: { status: 400 },
  missing_headers: { status: 400 },
  invalid_token: { status: 401 },
  missing_fields: { status: 400 },
  invalid_email_format: { status: 400 },
  password_too_short: { status: 400 },
  user_already_exists: { status: 400 },
  login_failed: { status: 401 },
  missing_required_fields: { status: 400 },
  missing_password: { status: 400 },

  // UASAM: projects and SDK keys.
  user_project_mapping_invalid: { status: 403 },
  user_project_mapping_unknown: { status: 400, description: 'user_project_mapping_invalid' },
  forbidden: { status: 403 },
  project_creation_failed: { status: 400 },
  project_update_failed: { status: 400 },
  project_name_mismatch: { status: 400 },
  erasure_not_found: { status: 404 },
  already_a_member: { status: 409 },
  invitation_not_found: { status: 404 },
  member_not_found: { status: 404 },
  last_admin: { status: 409 },
  sdk_key_creation_failed: { status: 400 },
  sdk_key_id_required: { status: 400 },
  sdk_key_not_found: { status: 404 },
  sdk_key_missing: { status: 401, description: 'missing_sdk_key' },
  sdk_key_rejected: { status: 403, description: 'invalid_sdk_key' },

  // UASAM: agents, agent keys, sessions.
  agent_creation_failed: { status: 400 },
  agent_update_failed: { status: 400 },
  agent_id_required: { status: 400 },
  agent_not_found_or_invalid_id: { status: 404 },
  agent_key_id_required: { status: 400 },
  agent_key_not_found: { status: 404 },
  agent_key_limit_reached: { status: 409 },
  invalid_agent_key: { status: 401 },
  insufficient_scope: { status: 403 },
  missing_agent_id: { status: 400 },
  agent_not_found: { status: 404 },
  agent_not_found_or_no_access: { status: 403 },
  already_exists: { status: 409 },
  invalid_cursor: { status: 400 },
  limit_not_an_integer: { status: 400, description: 'limit must be an integer' },

  // UASAM: other services of the installation.
  invalid_service_token: { status: 401 },

  // Agents and sessions by their keys: UASAM's lookup, and Brain's routes under /v2.
  unauthorized: { status: 401 },
  session_not_found: { status: 404 },
  session_ended: { status: 403 },
  event_not_found: { status: 404 },
  service_unavailable: { status: 503 },

  // Brain: capture.
  missing_sdk_key: { status: 401 },
  invalid_sdk_key: { status: 401 },
  missing_agent_key: { status: 401 },
  invalid_or_expired_agent_key: { status: 401 },
  missing_agent_session_token: { status: 401 },
  invalid_or_expired_token: { status: 401 },
  session_project_mismatch: { status: 403 },
  session_agent_mismatch: { status: 403 },
  project_mismatch: { status: 403 },
  events_rejected: { status: 400 },
  event_log_full: { status: 503 },

  // Brain: reads.
  export_too_large: { status: 400 },
  missing_user_token: { status: 401 },
  missing_project_id: { status: 400 },
  session_id_required: { status: 400, description: 'session_id is required' },
  session_id_not_a_uuid: { status: 400, description: 'session_id must be a valid UUID' },
  dates_required: { status: 400, description: 'start_date and end_date are required' },
  dates_malformed: { status: 400, description: 'dates must be in YYYY-MM-DD format' },
  dates_reversed: { status: 400, description: 'start_date must be before or equal to end_date' },
  auth_service_timeout: { status: 503 },
  auth_service_error: { status: 503 },
  event_store_unavailable: { status: 503 },
} as const satisfies Record<string, ErrorRow>;

/** A key of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;
