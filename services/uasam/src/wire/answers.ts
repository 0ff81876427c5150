import { ApiError } from '@otas/errors';
import { formatTime } from '@otas/event-schema';

/** A time as every answer writes it: six fraction digits and `+00:00`. */
export function wireTime(time: Date): string {
  return formatTime(time.getTime() * 1000);
}

/** Like {@link wireTime}; null stays null. */
export function wireTimeOrNull(time: Date | null): string | null {
  return time === null ? null : wireTime(time);
}

/** The same error with more beside `status` and `status_description`; `status` replaces the HTTP status. */
export function withPayload(error: ApiError, payload: Readonly<Record<string, unknown>>): ApiError {
  return new ApiError(error.code, {
    payload: { ...error.payload, ...payload },
    description: error.description,
    status: error.status,
    headers: error.headers,
    cause: error.cause,
  });
}
