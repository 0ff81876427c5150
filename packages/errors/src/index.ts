export { ApiError, type ApiErrorOptions, type FieldError, invalidRequest } from './api-error';
export { type ErrorCode, errorTable } from './error-table';
