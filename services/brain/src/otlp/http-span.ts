import { formatTime } from '@otas/event-schema';
import type { Redactor } from '../capture/redactor';
import {
  type Attributes,
  type AttributeValue,
  attributeOf,
  durationMsOf,
  type Span,
  spanKinds,
  takeAttribute,
  textOf,
} from './span';
import { spanDetails } from './span-details';

const methodNames = ['http.request.method', 'http.method'];
const requestHeaderPrefix = 'http.request.header.';
const responseHeaderPrefix = 'http.response.header.';
const sizeMax = 2 ** 32 - 1;
/** Path and query of an address with its server or without. */
const target = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i;

/** Whether a span is an HTTP call, of whoever made it or answered it. */
export function isHttpSpan({ kind, attributes }: Span): boolean {
  const isCall = kind === spanKinds.client || kind === spanKinds.server;
  return isCall && methodNames.some((name) => attributes.has(name));
}

/**
 * The call as the body of a captured event, but for project and id; nothing is checked. Names are those of the semantic
 * conventions for HTTP from 1.23 on, and those before.
 */
export function httpSpanBody(span: Span, redactor: Redactor): Record<string, unknown> {
  const { attributes } = span;
  const requestHeaders = takeHeaders(attributes, requestHeaderPrefix);
  const responseHeaders = takeHeaders(attributes, responseHeaderPrefix);
  const { path, query } = takeTarget(attributes);
  const error = errorOf(span);
  const body = {
    method: takeMethod(attributes),
    path,
    query_params: query,
    status_code: takeAttribute(attributes, 'http.response.status_code', 'http.status_code') ?? 0,
    latency_ms: durationMsOf(span),
    event_time: formatTime(Number(span.startNanos / 1000n)),
    request_size_bytes: takeSize(attributes, 'http.request.body.size', 'http.request_content_length'),
    response_size_bytes: takeSize(attributes, 'http.response.body.size', 'http.response_content_length'),
    request_headers: requestHeaders,
    response_headers: responseHeaders,
    request_content_type: contentTypeIn(requestHeaders),
    response_content_type: contentTypeIn(responseHeaders),
    error,
  };
  return { ...body, metadata: { otel: spanDetails(span, redactor) } };
}

/** What went wrong, as the span says it in most words; null: nothing. */
export function errorOf({ attributes, events, isError, statusMessage }: Span): string | null {
  const exception = events.find(({ name }) => name === 'exception')?.attributes;
  if (exception !== undefined) {
    const parts = ['exception.type', 'exception.message'].map((name) => textOf(attributeOf(exception, name)));
    const text = parts.filter((part) => part !== null).join(': ');
    if (text !== '') return text;
  }
  if (isError && statusMessage !== '') return statusMessage;
  return textOf(attributeOf(attributes, 'error.type', 'http.error_message', 'http.error_name'));
}

function takeMethod(attributes: Attributes): AttributeValue {
  const original = takeAttribute(attributes, 'http.request.method_original');
  const method = takeAttribute(attributes, ...methodNames);
  return method === '_OTHER' ? (original ?? method) : method;
}

/** `url.full` stays: it says which server it was. */
function takeTarget(attributes: Attributes): { path: string; query: string | null } {
  const given = takeAttribute(attributes, 'url.path') ?? takeAttribute(attributes, 'http.target');
  const ownQuery = textOf(takeAttribute(attributes, 'url.query'));
  const whole = textOf(given) ?? textOf(attributeOf(attributes, 'url.full', 'http.url')) ?? '';
  const [, path = '', query = ''] = target.exec(whole) ?? [];
  return {
    path: path || textOf(attributeOf(attributes, 'http.route')) || '/',
    query: (ownQuery ?? query).replace(/^\?/, '') || null,
  };
}

/** Null for what is no size. */
function takeSize(attributes: Attributes, ...names: readonly string[]): number | null {
  const value = takeAttribute(attributes, ...names);
  const size = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= sizeMax ? size : null;
}

/** Null: none was captured. A header with one value has it as a text, with more as an array. */
function takeHeaders(attributes: Attributes, prefix: string): Record<string, AttributeValue> | null {
  const headers: [string, AttributeValue][] = [];
  for (const [name, value] of attributes) {
    if (!name.startsWith(prefix)) continue;
    attributes.delete(name);
    headers.push([name.slice(prefix.length), Array.isArray(value) && value.length === 1 ? value[0] : value]);
  }
  return headers.length === 0 ? null : Object.fromEntries(headers);
}

/** Older instrumentations write `_` for `-`. */
function contentTypeIn(headers: Record<string, AttributeValue> | null): string | null {
  return textOf(headers?.['content-type'] ?? headers?.content_type ?? null);
}
