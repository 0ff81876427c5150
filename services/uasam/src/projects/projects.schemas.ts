import { checked, type RawBody, readFields } from '@otas/http-kit';
import { z } from 'zod';
import { changedText, optionalText, readListed, requiredText } from '../wire/fields';
import { isHostWithPort } from '../wire/host';

export interface NewProject {
  readonly name: string;
  readonly description: string;
  readonly domain: string;
}

const nameMaxLength = 255;
const descriptionMaxLength = 300;
const domainMaxLength = 200;

const nameMissing = 'is required';
const domainFault = 'must be a URL';
const name = {
  maxLength: nameMaxLength,
  example: 'Shop',
  words: { length: `too long (max ${nameMaxLength})` },
};
const description = {
  maxLength: descriptionMaxLength,
  example: 'The shop and its agents',
  words: { length: `max ${descriptionMaxLength} characters` },
};
const domain = {
  maxLength: domainMaxLength,
  example: 'shop.example.com',
  words: { type: domainFault, characters: domainFault, length: domainFault },
};
const aboutDomain = { description: 'A host, with or without a port, or a URL with http: or https:.' };

const newProject = z.object({
  project_name: requiredText(name, nameMissing),
  project_description: optionalText(description),
  project_domain: withMeta(optionalText(domain).refine(isDomain, domainFault)),
});

/** @throws ApiError 400 `project_creation_failed` with every fault in `errors`; 400 `invalid_json`. */
export const parseNewProject = checked(newProject, (raw: RawBody): NewProject => {
  const fields = readListed(newProject, raw.json(), 'project_creation_failed');
  return {
    name: fields.project_name,
    description: fields.project_description,
    domain: fields.project_domain,
  };
});

const projectUpdate = z
  .object({
    project_name: changedText(name, nameMissing),
    project_description: changedText(description, 'mayBeBlank'),
    project_domain: withMeta(
      changedText(domain, 'mayBeBlank').refine((text) => text === undefined || isDomain(text), domainFault),
    ),
  })
  .meta({ minProperties: 1 })
  .transform((fields) => ({
    ...(fields.project_name !== undefined && { name: fields.project_name }),
    ...(fields.project_description !== undefined && { description: fields.project_description }),
    ...(fields.project_domain !== undefined && { domain: fields.project_domain }),
  }))
  .refine((fields) => Object.keys(fields).length > 0, {
    message: 'project_name, project_description or project_domain is required',
  });

/**
 * The fields that are to be changed; what is left out or null stays as it is.
 *
 * @throws ApiError 400 `project_update_failed` with every fault in `errors`; 400 `invalid_json`.
 */
export const parseProjectUpdate = checked(projectUpdate, (raw: RawBody): Partial<NewProject> => {
  return readListed(projectUpdate, raw.json(), 'project_update_failed');
});

const retentionMaxDays = 36_500;
const retentionFault = `must be a whole number from 0 to ${retentionMaxDays}, or null`;
const retention = z.object({
  retention_days: z
    .int(retentionFault)
    .min(0, retentionFault)
    .max(retentionMaxDays, retentionFault)
    .nullable()
    .meta({ description: "null: the installation's default; 0: for ever.", examples: [30] }),
});

/** Days; null: the installation's default. @throws ApiError 400 `invalid_request` also when it is left out; 400 `invalid_json` */
export const parseRetention = checked(retention, (raw: RawBody): number | null => {
  return readFields(retention, raw.json()).retention_days;
});

const repeatedName = z.object({
  project_name: z
    .unknown()
    .refine((value) => value !== undefined, 'project_name_mismatch')
    .transform((value) => (typeof value === 'string' ? value.trim() : ''))
    .meta({ type: 'string', examples: ['Shop'] }),
});

/** The name that a deletion repeats, trimmed; whatever is no text is `''`, which is no project's. @throws ApiError 400 `invalid_json`, `project_name_mismatch` */
export const parseRepeatedName = checked(repeatedName, (raw: RawBody): string => {
  return readFields(repeatedName, raw.json()).project_name;
});

/** A refinement makes a schema without what was said of the one before. */
function withMeta<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({
    type: ['string', 'null'],
    maxLength: domainMaxLength,
    ...aboutDomain,
    examples: [domain.example],
  });
}

/** `''`, a host with or without a port, or a URL with `http:` or `https:`. */
function isDomain(text: string): boolean {
  if (text === '') return true;
  if (/[\s\p{Cc}]/u.test(text)) return false;
  if (/^https?:\/\/[^/]/i.test(text)) return URL.canParse(text);
  return isHostWithPort(text);
}
