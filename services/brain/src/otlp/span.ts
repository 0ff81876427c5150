/** A value of an attribute: JSON, but for integers beyond 2⁵³, which are `bigint`; bytes are text in base 64. */
export type AttributeValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

export type Attributes = Map<string, AttributeValue>;

export interface SpanEvent {
  readonly name: string;
  readonly timeNanos: bigint;
  readonly attributes: Attributes;
}

/** A span as it was exported; nothing in it is checked but its types. Times are nanoseconds since 1970, 0 for none. */
export interface Span {
  /** In hexadecimal, lower case. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  /** Its own, without the token of a session. Who reads one of them may take it out. */
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly isError: boolean;
  readonly statusMessage: string;
  readonly scope: Scope;
  /** The token of the session that it names, or that its resource names; null: neither does. */
  readonly sessionToken: string | null;
}

/** What all spans of a part of a request have in common. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly resource: Attributes;
}

export const spanKinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;

/** The first of these attributes that is there; null: none is. */
export function attributeOf(attributes: Attributes, ...names: readonly string[]): AttributeValue {
  const name = names.find((one) => attributes.has(one));
  return name === undefined ? null : (attributes.get(name) ?? null);
}

/** The same, and takes all of them out. */
export function takeAttribute(attributes: Attributes, ...names: readonly string[]): AttributeValue {
  const value = attributeOf(attributes, ...names);
  for (const name of names) attributes.delete(name);
  return value;
}

/** A value that is a text and not empty; else null. */
export function textOf(value: AttributeValue): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Milliseconds from the start of a span to its end; 0 where the end is not behind it. */
export function durationMsOf({ startNanos, endNanos }: Pick<Span, 'startNanos' | 'endNanos'>): number {
  return endNanos > startNanos ? Number(endNanos - startNanos) / 1e6 : 0;
}
