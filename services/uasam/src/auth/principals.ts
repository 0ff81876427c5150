/** A person with an account. */
export interface User {
  readonly id: string;
  readonly firstName: string;
  readonly middleName: string;
  readonly lastName: string;
  readonly email: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a member may do in a project. */
export const privilege = { admin: 1, member: 2 } as const;

/** Where a request came from, as the audit log tells it. */
export interface RequestOrigin {
  readonly address: string;
  readonly requestId: string;
}

/** A user token proved who asks. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly user: User;
  readonly origin: RequestOrigin;
}

/** A user token and a project id proved who asks, and that the user is an active member of the active project. */
export interface MemberPrincipal {
  readonly kind: 'member';
  readonly user: User;
  readonly project: { readonly id: string; readonly name: string };
  /** 1 = Admin, 2 = Member. */
  readonly privilege: number;
  readonly origin: RequestOrigin;
}

/** What a key may be used for: to start, write and end sessions, and to read what was recorded. */
export const keyScopes = ['capture', 'read'] as const;

export type KeyScope = (typeof keyScopes)[number];

interface KeyPrincipal {
  readonly keyId: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date;
}

/** A valid key of an active agent of an active project. */
export interface AgentKeyPrincipal extends KeyPrincipal {
  readonly kind: 'agentKey';
  readonly agent: { readonly id: string; readonly name: string; readonly provider: string };
  readonly projectId: string;
  readonly projectName: string;
}

/** A valid SDK key of an active project. */
export interface SdkKeyPrincipal extends KeyPrincipal {
  readonly kind: 'sdkKey';
  readonly project: { readonly id: string; readonly name: string; readonly description: string };
}
