import { wire } from '@otas/event-schema';
import type { AgentRecord, SessionRecord } from '@otas/uasam-client';
import { z } from 'zod';
import { formatV2Time, v2Time } from '../v2/time';

export const agent = z
  .object({
    key: wire.key('agt'),
    name: z.string().meta({ examples: ['scout'] }),
    description: z.string().meta({ examples: ['Looks things up'] }),
    enabled: z.boolean(),
    created_at: v2Time,
    updated_at: v2Time,
  })
  .meta({ id: 'Agent' });

export const session = z
  .object({
    key: wire.key('ase'),
    agent_key: wire.key('agt'),
    name: z.string().meta({ examples: ['nightly'] }),
    description: z.string().meta({ examples: [''] }),
    metadata: z.record(z.string(), z.unknown()).meta({ examples: [{ task: 'tidy' }] }),
    enabled: z.literal(true),
    created_at: v2Time,
  })
  .meta({ id: 'Session' });

/** An agent as a v2 client reads it. */
export function agentToJson(agent: AgentRecord): object {
  return {
    key: agent.key,
    name: agent.name,
    description: agent.description,
    enabled: agent.isActive,
    created_at: formatV2Time(agent.createdAt),
    updated_at: formatV2Time(agent.updatedAt),
  };
}

/**
 * A session as a v2 client reads it, as JSON text, so that no digit in its metadata is lost. Its `meta` may say `name`
 * and `description`; else the name is the key. `metadata` is always an object: a `meta` that is none stands in `value`.
 */
export function sessionToJson(session: SessionRecord): string {
  const { meta, metaText, key } = session;
  const text = JSON.stringify;
  return (
    `{"key":${text(key)}` +
    `,"agent_key":${text(session.agentKey)}` +
    `,"name":${text(textIn(meta, 'name') ?? key)}` +
    `,"description":${text(textIn(meta, 'description') ?? '')}` +
    `,"metadata":${metaText.startsWith('{') ? metaText : `{"value":${metaText}}`}` +
    `,"enabled":true` +
    `,"created_at":"${formatV2Time(session.createdAt)}"}`
  );
}

function textIn(meta: unknown, name: string): string | null {
  const value = typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)[name] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}
