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

/** One of the documents, with what checks values by the schemas in it, made when first needed. */
export class Described {
  readonly #document: Json;
  readonly #ajv: Ajv;
  readonly #coercing: Ajv;
  readonly #checks = new Map<object, ValidateFunction>();
  readonly #paths: readonly { readonly template: string; readonly pattern: RegExp }[];

  constructor(file: string) {
    // Here and not above: a test that asks no service needs none of it.
    const { Ajv2020 } = require('ajv/dist/2020') as typeof import('ajv/dist/2020');
    const options = { strict: false, allErrors: true, validateFormats: false, schemas: {} };
    this.#document = JSON.parse(readFileSync(path.join(__dirname, '..', '..', file), 'utf8'));
    this.#ajv = new Ajv2020(options);
    this.#coercing = new Ajv2020({ ...options, coerceTypes: true });
    for (const ajv of [this.#ajv, this.#coercing]) ajv.addSchema({ ...this.#document, $id: 'document' });
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

  /** What is wrong with a value, in words; empty: nothing. `isText` lets a text stand for a number. */
  faultsOf(schema: Json, value: unknown, isText = false): string[] {
    const check = this.#checks.get(schema) ?? this.#compile(schema, isText);
    // What is coerced is changed in place.
    if (check(isText ? { value } : value)) return [];
    return (check.errors ?? []).map(({ instancePath, message, params }) => {
      const more = Object.values(params).filter((one) => typeof one === 'string');
      return `${instancePath || 'it'} ${message} ${more.join(' ')}`.trim();
    });
  }

  #compile(schema: Json, isText: boolean): ValidateFunction {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
    const whole = isText ? { type: 'object', properties: { value: absolute } } : absolute;
    const check = (isText ? this.#coercing : this.#ajv).compile(whole);
    this.#checks.set(schema, check);
    return check;
  }
}
