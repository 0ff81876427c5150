import { readFileSync } from 'node:fs';
import path from 'node:path';
import type Ajv from 'ajv/dist/2020';
import type { ValidateFunction } from 'ajv/dist/2020';

// biome-ignore lint/suspicious/noExplicitAny: a document is JSON that the linter has checked.
type Json = any;

/** A route of a document by its method and its path, which may have parameters. */
export interface DescribedRoute {
  readonly document: Described;
  readonly operation: Json;
  readonly name: string;
  /** Values of its path's parameters, as they were sent. */
  readonly parameters: Readonly<Record<string, string>>;
}

let sharedAjv: Ajv | null = null;

/** Made when first needed: a test that asks no service needs none of it. The linter has looked at the schemas themselves. */
function ajv(): Ajv {
  if (sharedAjv !== null) return sharedAjv;
  const { Ajv2020 } = require('ajv/dist/2020') as typeof import('ajv/dist/2020');
  const unchecked = { strict: false, validateSchema: false, meta: false, validateFormats: false } as const;
  sharedAjv = new Ajv2020({ ...unchecked, allErrors: true });
  return sharedAjv;
}

/** One of the documents, with what checks values by the schemas in it, made when first needed. */
export class Described {
  readonly #file: string;
  readonly #document: Json;
  readonly #checks = new Map<object, ValidateFunction>();
  readonly #paths: readonly { readonly template: string; readonly pattern: RegExp }[];

  constructor(file: string) {
    this.#file = file;
    this.#document = JSON.parse(readFileSync(path.join(__dirname, '..', '..', file), 'utf8'));
    for (const [name, schema] of Object.entries(this.#document.components.schemas)) {
      ajv().addSchema(this.#absolute(schema), `/${file}/${name}`);
    }
    this.#paths = Object.keys(this.#document.paths).map((template) => ({
      template,
      pattern: new RegExp(`^${template.replace(/\/$/, '').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}/?$`),
    }));
  }

  /** The routes at a path, by method in lower case; null: there is none. */
  find(pathname: string): Readonly<Record<string, DescribedRoute>> | null {
    const found = this.#paths.find(({ pattern }) => pattern.test(pathname));
    if (found === undefined) return null;
    const parameters = { ...found.pattern.exec(pathname)?.groups };
    const operations = Object.entries(this.#document.paths[found.template] as Record<string, Json>);
    const route = ([method, operation]: [string, Json]) => {
      const name = `${method.toUpperCase()} ${found.template}`;
      return [method, { document: this, operation, name, parameters }];
    };
    return Object.fromEntries(operations.map(route));
  }

  /** What it refers to, or itself. */
  resolve(value: Json): Json {
    if (value?.$ref === undefined) return value;
    const steps: string[] = value.$ref.slice(2).split('/');
    return steps.reduce((part, step) => part[step], this.#document);
  }

  /** What is wrong with a value, in words; empty: nothing. */
  faultsOf(schema: Json, value: unknown): string[] {
    const check = this.#checks.get(schema) ?? ajv().compile(this.#absolute(schema));
    this.#checks.set(schema, check);
    if (check(value)) return [];
    return (check.errors ?? []).map(({ instancePath, message, params }) => {
      const more = Object.values(params).filter((one) => typeof one === 'string');
      return `${instancePath || 'it'} ${message} ${more.join(' ')}`.trim();
    });
  }

  /** The same of a value in a header, a path or a query. */
  faultsOfText(schema: Json, text: string): string[] {
    const isNumber = ['integer', 'number'].includes(schema.type) && text.trim() !== '';
    return this.faultsOf(schema, isNumber ? Number(text) : text);
  }

  #absolute(schema: Json): Json {
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', `"/${this.#file}/`));
  }
}
