import type { Agent } from 'node:http';
import { shared } from './shared';

/** The agents with which the SDK sends, of every copy of it: their requests are in no session's record. */
export const ownAgents = shared('own-agents.1', () => new WeakSet<Agent>());
