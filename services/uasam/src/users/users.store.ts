import { uuidv7 } from 'uuidv7';
import type { User } from '../auth/principals';
import type { Database } from '../db/database';
import { isUniqueViolation } from '../db/errors';
import type { Profile } from './users.schemas';

export interface UserSecrets {
  readonly user: User;
  /** Argon2id in PHC form. */
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

export class UsersStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async hasEmail(email: string): Promise<boolean> {
    return (await this.#database.prisma.user.findUnique({ where: { email }, select: { id: true } })) !== null;
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
    profile: Profile,
    login: { readonly email: string; readonly passwordHash: string },
    at: Date,
  ): Promise<User | null> {
    const { firstName, middleName, lastName } = profile;
    const user = { id: uuidv7(), firstName, middleName, lastName, email: login.email };
    const times = { createdAt: at, updatedAt: at };
    try {
      const data = { ...user, ...times, passwordHash: login.passwordHash };
      await this.#database.prisma.user.create({ data, select: { id: true } });
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
    return { ...user, ...times };
  }

  async updateProfile(userId: string, profile: Profile, at: Date): Promise<User> {
    const { firstName, middleName, lastName } = profile;
    const data = { firstName, middleName, lastName, updatedAt: at };
    return this.#database.prisma.user.update({ where: { id: userId }, data, select: userColumns });
  }

  /**
   * Sets the password and ends every token from before, also those of this very second: tokens are valid from the next
   * second on, or from one past the last such bound when the password changes twice within a second.
   */
  async setPassword(userId: string, passwordHash: string, at: Date): Promise<void> {
    const nowSeconds = Math.floor(at.getTime() / 1000);
    await this.#database.prisma.$executeRaw`
      UPDATE users
         SET password_hash = ${passwordHash}, updated_at = ${at.toISOString()}::timestamptz,
             tokens_valid_from = greatest(tokens_valid_from, ${nowSeconds}::bigint) + 1
       WHERE id = ${userId}::uuid`;
  }
}
