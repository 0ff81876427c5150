import type { AuditAction, AuditEntry } from '../audit/audit-record';
import { inAuditedTransaction, type Transaction } from '../audit/audited-transaction.store';
import type { UserChange } from '../audit/change';
import type { User } from '../auth/principals';
import type { Database, Statement } from '../db/database';
import { isUniqueViolation } from '../db/errors';
import type { Profile } from './users.schemas';

export interface UserSecrets {
  readonly user: User;
  /** Argon2id in PHC form; of an imported user who has not logged in since, in the form of the original system. */
  readonly passwordHash: string;
  /** Seconds since 1970; a token issued before is no longer valid. */
  readonly tokensValidFromSeconds: number;
}

const userColumns = {
  id: true,
  firstName: true,
  middleName: true,
  lastName: true,
  email: true,
  createdAt: true,
  updatedAt: true,
} as const;

const selectMaxOldIterations: Statement = {
  name: 'select_max_old_iterations',
  text: `
    SELECT max(substring(password_hash FROM '^pbkdf2_sha256\\$(\\d{1,7})\\$')::int) AS max
      FROM users WHERE password_hash LIKE 'pbkdf2\\_sha256$%'`,
};

export class UsersStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Null when there is no such user. */
  async findByEmail(email: string): Promise<UserSecrets | null> {
    const select = { ...userColumns, passwordHash: true, tokensValidFrom: true } as const;
    const row = await this.#database.prisma.user.findUnique({ where: { email }, select });
    if (row === null) return null;
    const { passwordHash, tokensValidFrom, ...user } = row;
    return { user, passwordHash, tokensValidFromSeconds: Number(tokensValidFrom) };
  }

  /** Null when somebody has this e-mail already. */
  async create(
    change: UserChange,
    profile: Profile,
    login: { readonly email: string; readonly passwordHash: string },
  ): Promise<User | null> {
    const { firstName, middleName, lastName } = profile;
    const user = { id: change.userId, firstName, middleName, lastName, email: login.email };
    const times = { createdAt: change.at, updatedAt: change.at };
    try {
      return await inAuditedTransaction(this.#database, change, async (transaction) => {
        const data = { ...user, ...times, passwordHash: login.passwordHash };
        await transaction.user.create({ data, select: { id: true } });
        const after = { ...profileFields(user), email: user.email };
        return { result: { ...user, ...times }, entries: [entryOf('user.created', user.id, null, after)] };
      });
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  /** The user of the change, as he is after it. */
  updateProfile(change: UserChange, profile: Profile): Promise<User> {
    const { firstName, middleName, lastName } = profile;
    const where = { id: change.userId };
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const before = await transaction.user.findUniqueOrThrow({ where, select: userColumns });
      const data = { firstName, middleName, lastName, updatedAt: change.at };
      const user = await transaction.user.update({ where, data, select: userColumns });
      const fields = [profileFields(before), profileFields(user)] as const;
      return { result: user, entries: [entryOf('user.profile_updated', user.id, ...fields)] };
    });
  }

  /** Sets the password and ends every token from before. */
  setPassword(change: UserChange, passwordHash: string): Promise<void> {
    const { userId, at } = change;
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      const data = { passwordHash, updatedAt: at };
      await transaction.user.update({ where: { id: userId }, data, select: { id: true } });
      await endTokensFrom(transaction, change);
      return { result: undefined, entries: [entryOf('user.password_changed', userId, null, null)] };
    });
  }

  /** Replaces the hash of a password by another of the same one, unless the password has been changed meanwhile. */
  async renewHash(userId: string, passwordHash: string, renewedHash: string): Promise<void> {
    const where = { id: userId, passwordHash };
    await this.#database.prisma.user.updateMany({ where, data: { passwordHash: renewedHash } });
  }

  /** The most iterations of a hash in the form of the original system; 0: there is none. From an index of these alone. */
  async maxOldIterations(): Promise<number> {
    const [row] = await this.#database.run<{ max: number | null }>(selectMaxOldIterations, []);
    return row?.max ?? 0;
  }

  /** Ends every token from before. */
  endTokens(change: UserChange): Promise<void> {
    return inAuditedTransaction(this.#database, change, async (transaction) => {
      await endTokensFrom(transaction, change);
      const entry = entryOf('user.logged_out_everywhere', change.userId, null, null);
      return { result: undefined, entries: [entry] };
    });
  }
}

/**
 * Ends also the tokens of this very second, which is all that a token tells of its time: tokens are valid from the next
 * second on, or from one past the last such bound when they are ended twice within a second.
 */
async function endTokensFrom(transaction: Transaction, { userId, at }: UserChange): Promise<void> {
  const nowSeconds = Math.floor(at.getTime() / 1000);
  await transaction.$executeRaw`
    UPDATE users SET tokens_valid_from = greatest(tokens_valid_from, ${nowSeconds}::bigint) + 1
     WHERE id = ${userId}::uuid`;
}

function profileFields({ firstName, middleName, lastName }: Profile): object {
  return { first_name: firstName, middle_name: middleName, last_name: lastName };
}

function entryOf(
  action: AuditAction,
  targetId: string,
  before: object | null,
  after: object | null,
): AuditEntry {
  return { action, targetKind: 'user', targetId, before, after };
}
