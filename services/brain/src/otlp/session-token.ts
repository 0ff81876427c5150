import { type Attributes, type AttributeValue, attributeOf, takeAttribute } from './span';

const ownName = 'otas.session.token';
/** Where instrumentations put the header of a call when they are told to capture it; older ones write `_` for `-`. */
const headerNames = [
  'http.request.header.x-otas-agent-session-token',
  'http.request.header.x_otas_agent_session_token',
];

/**
 * The token of the session that attributes name: `otas.session.token`, which is taken out, since it is kept nowhere, or else the
 * header of the call, which is replaced as every such header is. Null: they name none; what is no text is no good token.
 */
export function takeSessionToken(attributes: Attributes): string | null {
  return textOf(takeAttribute(attributes, ownName)) ?? textOf(attributeOf(attributes, ...headerNames));
}

function textOf(value: AttributeValue): string | null {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (one === null || one === '') return null;
  return typeof one === 'string' ? one : 'no token';
}
