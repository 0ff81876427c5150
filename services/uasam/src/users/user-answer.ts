import { wire } from '@otas/event-schema';
import { z } from 'zod';
import type { User } from '../auth/principals';
import { wireTime } from '../wire/answers';

export const user = z
  .object({
    id: wire.uuid,
    first_name: z.string().meta({ examples: ['Ada'] }),
    middle_name: z.string().meta({ examples: [''] }),
    last_name: z.string().meta({ examples: ['Lovelace'] }),
    email: z.string().meta({ examples: ['ada@example.com'] }),
    created_at: wire.time,
    updated_at: wire.time,
  })
  .meta({ id: 'User' });

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
