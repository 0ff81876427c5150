import type { User } from '../auth/principals';
import { wireTime } from '../wire/answers';

/** A user as the answers show one. */
export function userAnswer(user: User): object {
  return {
    id: user.id,
    first_name: user.firstName,
    middle_name: user.middleName,
    last_name: user.lastName,
    email: user.email,
    created_at: wireTime(user.createdAt),
    updated_at: wireTime(user.updatedAt),
  };
}
