import { ApiError, invalidRequest } from '@otas/errors';
import type { JsonObject, RawBody } from '@otas/http-kit';
import { isHostWithPort } from '../wire/host';
import { isMissing, textFault } from '../wire/text';

export interface NewProject {
  readonly name: string;
  readonly description: string;
  readonly domain: string;
}

const nameMaxLength = 255;
const descriptionMaxLength = 300;
const domainMaxLength = 200;

/** @throws ApiError 400 `project_creation_failed` with every fault in `errors`; 400 `invalid_json`. */
export function parseNewProject(raw: RawBody): NewProject {
  const body = raw.json();
  const project = {
    name: trimmed(body, 'project_name'),
    description: trimmed(body, 'project_description'),
    domain: trimmed(body, 'project_domain'),
  };
  const errors = [
    nameFault(project.name),
    descriptionFault(project.description),
    isDomain(project.domain) ? null : 'project_domain must be a URL',
  ].filter((fault) => fault !== null);
  if (errors.length > 0) throw new ApiError('project_creation_failed', { payload: { errors } });
  return project as NewProject;
}

/**
 * The fields that are to be changed; what is left out or null stays as it is.
 *
 * @throws ApiError 400 `project_update_failed` with every fault in `errors`; 400 `invalid_json`.
 */
export function parseProjectUpdate(raw: RawBody): Partial<NewProject> {
  const body = raw.json();
  const isGiven = (field: string): boolean => body[field] !== undefined && body[field] !== null;
  const fields = {
    ...(isGiven('project_name') && { name: trimmed(body, 'project_name') }),
    ...(isGiven('project_description') && { description: trimmed(body, 'project_description') }),
    ...(isGiven('project_domain') && { domain: trimmed(body, 'project_domain') }),
  };
  const errors = [
    'name' in fields ? nameFault(fields.name) : null,
    'description' in fields ? descriptionFault(fields.description) : null,
    'domain' in fields && !isDomain(fields.domain) ? 'project_domain must be a URL' : null,
    Object.keys(fields).length === 0
      ? 'project_name, project_description or project_domain is required'
      : null,
  ].filter((fault) => fault !== null);
  if (errors.length > 0) throw new ApiError('project_update_failed', { payload: { errors } });
  return fields as Partial<NewProject>;
}

const retentionMaxDays = 36_500;

/** Days; null: the installation's default. @throws ApiError 400 `invalid_request` also when it is left out; 400 `invalid_json` */
export function parseRetention(raw: RawBody): number | null {
  const { retention_days: days } = raw.json();
  if (days === null) return null;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 0 && days <= retentionMaxDays)
    return days;
  const message = `must be a whole number from 0 to ${retentionMaxDays}, or null`;
  throw invalidRequest([{ field: 'retention_days', message }]);
}

/** The name that a deletion repeats, trimmed; whatever is no text is `''`, which is no project's. @throws ApiError 400 `invalid_json` */
export function parseRepeatedName(raw: RawBody): string {
  const name = trimmed(raw.json(), 'project_name');
  return typeof name === 'string' ? name : '';
}

/** `''` for what was left out; anything but a text stays what it is. */
function trimmed(body: JsonObject, field: string): unknown {
  const value = body[field] ?? '';
  return typeof value === 'string' ? value.trim() : value;
}

function nameFault(name: unknown): string | null {
  if (isMissing(name)) return 'project_name is required';
  const fault = textFault(name, nameMaxLength);
  if (fault === 'type') return 'project_name must be a string';
  if (fault === 'characters') return 'project_name must not hold U+0000 or half of a surrogate pair';
  return fault === 'length' ? `project_name too long (max ${nameMaxLength})` : null;
}

function descriptionFault(description: unknown): string | null {
  const fault = textFault(description, descriptionMaxLength);
  if (fault === 'type') return 'project_description must be a string';
  if (fault === 'characters') return 'project_description must not hold U+0000 or half of a surrogate pair';
  return fault === 'length' ? `project_description max ${descriptionMaxLength} characters` : null;
}

/** `''`, a host with or without a port, or a URL with `http:` or `https:`. */
function isDomain(domain: unknown): boolean {
  if (textFault(domain, domainMaxLength) !== null) return false;
  const text = domain as string;
  if (text === '') return true;
  if (/[\s\p{Cc}]/u.test(text)) return false;
  if (/^https?:\/\/[^/]/i.test(text)) return URL.canParse(text);
  return isHostWithPort(text);
}
