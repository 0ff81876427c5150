import { createLimits, type Limits, type Logger, type RequestRule } from '@otas/http-kit';
import { SessionTokens, UserTokens } from '@otas/session-token';
import { AccessStore } from './access/access.store';
import { AgentKeysStore } from './agents/agent-keys.store';
import { AgentsStore } from './agents/agents.store';
import { AuditStore } from './audit/audit.store';
import { ApiKeys } from './auth/api-keys';
import { Credentials } from './auth/credentials';
import { CredentialsStore } from './auth/credentials.store';
import { KeyUses, type KeyUsesOptions } from './auth/key-uses';
import { LoginGuard } from './auth/login-guard';
import { OldIterations } from './auth/old-iterations';
import { OldKeys } from './auth/old-keys';
import { Passwords } from './auth/passwords';
import { ServiceTokens } from './auth/service-tokens';
import { TokenKeys } from './auth/token-keys';
import type { Config } from './config';
import type { Database } from './db/database';
import { ErasuresStore } from './erasures/erasures.store';
import { ProjectRecordsStore } from './erasures/project-records.store';
import { RecordEraser } from './erasures/record-eraser';
import { InvitationsStore } from './members/invitations.store';
import { MembersStore } from './members/members.store';
import { ProjectsStore } from './projects/projects.store';
import { RevocationSweep } from './revocations/revocation-sweep';
import { RevocationsStore } from './revocations/revocations.store';
import { SdkKeysStore } from './sdk-keys/sdk-keys.store';
import { SessionEndsStore } from './sessions/session-ends.store';
import { SessionsStore } from './sessions/sessions.store';
import { isAuthPath } from './users/auth-paths';
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
  readonly agentKeyCursors: ListCursors;
  readonly audit: AuditStore;
  readonly auditCursors: ListCursors;
  readonly revocations: RevocationsStore;
  readonly revocationSweep: RevocationSweep;
  readonly erasures: ErasuresStore;
  readonly recordEraser: RecordEraser;
  readonly credentials: Credentials;
  readonly serviceTokens: ServiceTokens;
  readonly apiKeys: ApiKeys;
  readonly passwords: Passwords;
  readonly tokenKeys: TokenKeys;
  readonly userTokens: UserTokens;
  readonly sessionTokens: SessionTokens;
  readonly limits: Limits;
  readonly loginGuard: LoginGuard;
  readonly agentKeyUses: KeyUses;
  readonly sdkKeyUses: KeyUses;
  now(): Date;
}

/** How far the last use of a key may be behind what is stored, and a little more. */
export const keyUsesFlushIntervalMs = 5000;

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
  const tokenKeys = new TokenKeys(config, logger);
  const userTokens = new UserTokens(tokenKeys.user, config.tokenIssuer);
  const apiKeys = new ApiKeys(config.keyPepper);
  const revocations = new RevocationsStore(database);
  const limits = limitsOf(config, logger);
  const erasures = new ErasuresStore(database);
  const users = new UsersStore(database);
  return {
    ...{ config, logger, database, now, limits, apiKeys, tokenKeys, userTokens, agentKeyUses, sdkKeyUses },
    users,
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
    agentKeyCursors: new ListCursors(config.keyPepper, 'agent key list cursor'),
    audit: new AuditStore(database),
    auditCursors: new ListCursors(config.keyPepper, 'audit log cursor'),
    revocations,
    revocationSweep: new RevocationSweep(revocations, logger),
    erasures,
    recordEraser: new RecordEraser({
      ...{ erasures, logger, now },
      records: new ProjectRecordsStore(database),
    }),
    credentials: new Credentials({
      ...{ store, userTokens, apiKeys, agentKeyUses, sdkKeyUses, now },
      oldKeys: new OldKeys({ store, apiKeys }),
      trustProxy: config.trustProxy,
    }),
    serviceTokens: new ServiceTokens(config.serviceTokens),
    passwords: await Passwords.create(new OldIterations({ read: () => users.maxOldIterations(), logger })),
    sessionTokens: new SessionTokens(tokenKeys.session, config.tokenIssuer),
    loginGuard: new LoginGuard({
      counters: limits.counters,
      failuresPerAccount: config.loginFailuresPerAccount,
      limitsAddresses: config.authAttemptsPerAddressPerMinute > 0,
    }),
  };
}

function limitsOf(config: Config, logger: Logger): Limits {
  const { redisUrl, trustProxy, requestsPerAddress, requestsPerCredential } = config;
  const ofAuth: RequestRule = {
    name: 'auth',
    per: 'address',
    perMinute: config.authAttemptsPerAddressPerMinute,
    appliesTo: ({ path }) => isAuthPath(path),
  };
  const options = { redisUrl, trustProxy, requestsPerAddress, requestsPerCredential, logger };
  return createLimits({ ...options, service: 'uasam', moreRules: [ofAuth] });
}
