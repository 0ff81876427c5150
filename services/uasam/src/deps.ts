import type { Logger } from '@otas/http-kit';
import { KeySet, SessionTokens, UserTokens } from '@otas/session-token';
import { AccessStore } from './access/access.store';
import { AgentKeysStore } from './agents/agent-keys.store';
import { AgentsStore } from './agents/agents.store';
import { AuditStore } from './audit/audit.store';
import { ApiKeys } from './auth/api-keys';
import { AttemptLimit } from './auth/attempt-limit';
import { Credentials } from './auth/credentials';
import { CredentialsStore } from './auth/credentials.store';
import { KeyUses, type KeyUsesOptions } from './auth/key-uses';
import { Passwords } from './auth/passwords';
import { ServiceTokens } from './auth/service-tokens';
import type { Config } from './config';
import type { Database } from './db/database';
import { InvitationsStore } from './members/invitations.store';
import { MembersStore } from './members/members.store';
import { ProjectsStore } from './projects/projects.store';
import { RevocationSweep } from './revocations/revocation-sweep';
import { RevocationsStore } from './revocations/revocations.store';
import { SdkKeysStore } from './sdk-keys/sdk-keys.store';
import { SessionEndsStore } from './sessions/session-ends.store';
import { SessionsStore } from './sessions/sessions.store';
import { UsersStore } from './users/users.store';
import { ListCursors } from './wire/list-cursors';

/** All that the endpoints work with, built once. */
export interface Deps {
  readonly config: Config;
  readonly logger: Logger;
  readonly database: Database;
  readonly users: UsersStore;
  readonly projects: ProjectsStore;
  readonly members: MembersStore;
  readonly invitations: InvitationsStore;
  readonly sdkKeys: SdkKeysStore;
  readonly agents: AgentsStore;
  readonly agentKeys: AgentKeysStore;
  readonly sessions: SessionsStore;
  readonly sessionEnds: SessionEndsStore;
  readonly sessionCursors: ListCursors;
  readonly access: AccessStore;
  readonly agentCursors: ListCursors;
  readonly audit: AuditStore;
  readonly auditCursors: ListCursors;
  readonly revocations: RevocationsStore;
  readonly revocationSweep: RevocationSweep;
  readonly credentials: Credentials;
  readonly serviceTokens: ServiceTokens;
  readonly apiKeys: ApiKeys;
  readonly passwords: Passwords;
  readonly userTokens: UserTokens;
  readonly sessionTokens: SessionTokens;
  readonly addressAttempts: AttemptLimit;
  readonly loginFailures: AttemptLimit;
  readonly agentKeyUses: KeyUses;
  readonly sdkKeyUses: KeyUses;
  now(): Date;
}

const keyUsesFlushIntervalMs = 5000;
const addressWindowSeconds = 60;
const loginFailuresWindowSeconds = 15 * 60;

export async function createDeps(
  config: Config,
  logger: Logger,
  database: Database,
  now: () => Date = () => new Date(),
): Promise<Deps> {
  const store = new CredentialsStore(database);
  const keyUses = (write: KeyUsesOptions['write']) =>
    new KeyUses({ write, flushIntervalMs: keyUsesFlushIntervalMs, logger });
  const agentKeyUses = keyUses((uses) => store.writeAgentKeyUses(uses));
  const sdkKeyUses = keyUses((uses) => store.writeSdkKeyUses(uses));
  const userTokens = new UserTokens(new KeySet(config.userTokenSecrets));
  const apiKeys = new ApiKeys(config.keyPepper);
  const revocations = new RevocationsStore(database);
  return {
    ...{ config, logger, database, now, apiKeys, userTokens, agentKeyUses, sdkKeyUses },
    users: new UsersStore(database),
    projects: new ProjectsStore(database),
    members: new MembersStore(database),
    invitations: new InvitationsStore(database),
    sdkKeys: new SdkKeysStore(database),
    agents: new AgentsStore(database),
    agentKeys: new AgentKeysStore(database),
    sessions: new SessionsStore(database),
    sessionEnds: new SessionEndsStore(database),
    sessionCursors: new ListCursors(config.keyPepper, 'session list cursor'),
    access: new AccessStore(database),
    agentCursors: new ListCursors(config.keyPepper, 'agent list cursor'),
    audit: new AuditStore(database),
    auditCursors: new ListCursors(config.keyPepper, 'audit log cursor'),
    revocations,
    revocationSweep: new RevocationSweep(revocations, logger),
    credentials: new Credentials({
      ...{ store, userTokens, apiKeys, agentKeyUses, sdkKeyUses, now },
      trustProxy: config.trustProxy,
    }),
    serviceTokens: new ServiceTokens(config.serviceTokens),
    passwords: await Passwords.create(),
    sessionTokens: new SessionTokens(new KeySet(config.sessionTokenSecrets)),
    addressAttempts: new AttemptLimit(config.authAttemptsPerAddressPerMinute, addressWindowSeconds),
    loginFailures: new AttemptLimit(config.loginFailuresPerAccount, loginFailuresWindowSeconds),
  };
}
