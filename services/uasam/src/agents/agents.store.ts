import type { Database } from '../db/database';
import { isUniqueViolation } from '../db/errors';
import type { AgentKey, NewAgentKeyRow } from './agent-keys.store';
import type { NewAgent } from './agents.schemas';

export interface Agent extends NewAgent {
  readonly id: string;
  readonly isActive: boolean;
  /** Id of the user who created it. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface AgentWithKeys extends Agent {
  readonly keys: readonly AgentKey[];
}

const agentsMax = 10_000;

const agentColumns = {
  id: true,
  name: true,
  description: true,
  provider: true,
  isActive: true,
  createdBy: true,
  createdAt: true,
  ref: true,
} as const;

export class AgentsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Creates an agent together with its first key. False when an agent of the project has its `ref` already. */
  async create(projectId: string, agent: Agent, key: NewAgentKeyRow): Promise<boolean> {
    const { id, name, description, provider, ref, createdBy, createdAt } = agent;
    const row = {
      id,
      projectId,
      name,
      description,
      provider,
      ref,
      createdBy,
      createdAt,
      updatedAt: createdAt,
    };
    try {
      await this.#database.prisma.agent.create({
        data: { ...row, keys: { create: key } },
        select: { id: true },
      });
      return true;
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** The active agents of a project with those of their keys that are valid at `now`, newest first; 10,000 at most. */
  async listActive(projectId: string, now: Date): Promise<AgentWithKeys[]> {
    const keys = {
      where: { revokedAt: null, expiresAt: { gt: now } },
      select: { id: true, prefix: true, name: true, createdAt: true, expiresAt: true },
      orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    };
    return this.#database.prisma.agent.findMany({
      where: { projectId, isActive: true },
      select: { ...agentColumns, keys },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: agentsMax,
    });
  }

  /** An active agent of this project; null when there is none with this id. */
  async findActive(projectId: string, agentId: string): Promise<Agent | null> {
    return this.#database.prisma.agent.findFirst({
      where: { id: agentId, projectId, isActive: true },
      select: agentColumns,
    });
  }
}
