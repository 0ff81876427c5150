import type { AuditAction } from '../audit/audit-record';
import { inAuditedTransaction } from '../audit/audited-transaction.store';
import type { ProjectChange } from '../audit/change';
import { changedFields } from '../audit/changed-fields';
import { newKeyEntry } from '../audit/key-entries';
import type { Database } from '../db/database';
import { isUniqueViolation } from '../db/errors';
import { type NewErasure, requestErasure } from '../erasures/erasures.store';
import { type Key, keyColumns, liveAt, type NewKeyRow, scopesOf } from '../keys/key';
import type { AgentFields, NewAgent } from './agents.schemas';

export interface Agent extends NewAgent {
  readonly id: string;
  readonly isActive: boolean;
  /** Id of the user who created it. */
  readonly createdBy: string;
  readonly createdAt: Date;
}

export interface AgentWithKeys extends Agent {
  readonly keys: readonly Key[];
}

/** An agent and where the calls go that its project's own back ends record. */
export interface AgentInProject extends Agent {
  /** `''`, a host, or an http(s) URL, as it was given. */
  readonly projectDomain: string;
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
  async create(change: ProjectChange, agent: Agent, key: NewKeyRow): Promise<boolean> {
    const { id, name, description, provider, ref, createdBy, createdAt } = agent;
    const fields = { name, description, provider, ref };
    const row = { id, projectId: change.projectId, ...fields, createdBy, createdAt, updatedAt: createdAt };
    const target = { targetKind: 'agent', targetId: id } as const;
    const entry = { action: 'agent.created', ...target, before: null, after: fields } as const;
    try {
      return await inAuditedTransaction(this.#database, change, async (transaction) => {
        await transaction.agent.create({
          data: { ...row, keys: { create: { ...key, scopes: [...key.scopes] } } },
          select: { id: true },
        });
        return { result: true, entries: [entry, newKeyEntry('agent_key', key, id)] };
      });
    } catch (error) {
      if (isUniqueViolation(error)) return false;
      throw error;
    }
  }

  /** An agent of the project as it is after the change; what stays as it was leaves no trace. Null: there is no such agent. */
  update(change: ProjectChange, agentId: string, wanted: Partial<AgentFields>): Promise<Agent | null> {
    return this.#change(change, agentId, 'agent.updated', wanted);
  }

  /** The same for whether it is active. */
  setActive(change: ProjectChange, agentId: string, isActive: boolean): Promise<Agent | null> {
    const action = isActive ? 'agent.reactivated' : 'agent.deactivated';
    return this.#change(change, agentId, action, { isActive });
  }

  /**
   * Deletes an agent of the project, active or not, and requests the erasure of what it held: it is out of sight at once, its
   * keys are refused, and its `ref` is free. Null: there is no such agent.
   */
  delete(change: ProjectChange, agentId: string, erasureId: string): Promise<NewErasure | null> {
    const { projectId, at } = change;
    const where = { id: agentId, projectId, deletedAt: null };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const agent = await transaction.agent.findFirst({ where, select: agentColumns });
      if (agent === null) return { result: null, entries: [] };
      const { name, description, provider, ref, isActive } = agent;
      const blank = { name: '', description: '', provider: '', ref: null, isActive: false };
      const data = { ...blank, updatedAt: at, deletedAt: at };
      await transaction.agent.update({ where, data, select: { id: true } });
      const what = { kind: 'agent', projectId, agentId, sessionId: null } as const;
      const erasure = { id: erasureId, ...what, requestedAt: at, erased: {} };
      await requestErasure(transaction, erasure);
      const before = { name, description, provider, ref, is_active: isActive };
      const after = { erasure_id: erasureId };
      const target = { targetKind: 'agent', targetId: agentId } as const;
      return { result: erasure, entries: [{ action: 'agent.deleted', ...target, before, after }] };
    });
  }

  #change(
    change: ProjectChange,
    agentId: string,
    action: AuditAction,
    wanted: Partial<AgentFields & { isActive: boolean }>,
  ): Promise<Agent | null> {
    const where = { id: agentId, projectId: change.projectId, deletedAt: null };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const agent = await transaction.agent.findFirst({ where, select: agentColumns });
      const fields = agent === null ? null : changedFields(agent, wanted);
      if (fields === null) return { result: agent, entries: [] };
      const data = { ...wanted, updatedAt: change.at };
      const result = await transaction.agent.update({ where, data, select: agentColumns });
      const target = { targetKind: 'agent', targetId: agentId } as const;
      return { result, entries: [{ action, ...target, ...fields }] };
    });
  }

  /**
   * The agents of a project, the active ones or all, with those of their keys that are valid at `now`; newest first, 10,000 at
   * most.
   */
  async list(projectId: string, withInactive: boolean, now: Date): Promise<AgentWithKeys[]> {
    const keys = {
      where: liveAt(now),
      select: keyColumns,
      orderBy: [{ createdAt: 'desc' as const }, { id: 'desc' as const }],
    };
    const agents = await this.#database.prisma.agent.findMany({
      where: { projectId, deletedAt: null, ...(withInactive ? {} : { isActive: true }) },
      select: { ...agentColumns, keys },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: agentsMax,
    });
    return agents.map((agent) => ({
      ...agent,
      keys: agent.keys.map((key) => ({ ...key, scopes: scopesOf(key.scopes) })),
    }));
  }

  /** An agent of this project, be it active or not; null when there is none with this id. */
  async find(projectId: string, agentId: string): Promise<Agent | null> {
    return this.#database.prisma.agent.findFirst({
      where: { id: agentId, projectId, deletedAt: null },
      select: agentColumns,
    });
  }

  /** An active agent of this project; null when there is none with this id. */
  async findActive(projectId: string, agentId: string): Promise<Agent | null> {
    return this.#database.prisma.agent.findFirst({
      where: { id: agentId, projectId, isActive: true },
      select: agentColumns,
    });
  }

  /** Like {@link findActive}, with the domain of its project. */
  async findActiveInProject(projectId: string, agentId: string): Promise<AgentInProject | null> {
    const found = await this.#database.prisma.agent.findFirst({
      where: { id: agentId, projectId, isActive: true },
      select: { ...agentColumns, project: { select: { domain: true } } },
    });
    if (found === null) return null;
    const { project, ...agent } = found;
    return { ...agent, projectDomain: project.domain };
  }
}
