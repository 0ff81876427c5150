import { randomUUID } from 'node:crypto';
import { type Answer, send } from '../http';
import type { Addresses } from '../tenant';

export const password = 'correct horse';

/** A user, whose token is another one after each login. */
export interface Person {
  readonly id: string;
  readonly email: string;
  token: string;
}

/** Posts to UASAM what must succeed, and gives the answer's body. */
export async function post(
  { uasam }: Pick<Addresses, 'uasam'>,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Answer['body']> {
  const answer = await send('POST', `${uasam.url}${path}`, headers, body);
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}

export async function signUp(services: Pick<Addresses, 'uasam'>): Promise<Person> {
  const email = `${randomUUID()}@example.com`;
  const names = { first_name: 'Ada', last_name: 'Test' };
  const { response_body: made } = await post(
    services,
    '/api/user/v1/create/',
    {},
    { ...names, email, password },
  );
  return { id: made.user.id, email, token: made.jwt_token };
}

export async function logIn(services: Pick<Addresses, 'uasam'>, person: Person): Promise<void> {
  const body = { email: person.email, password };
  person.token = (await post(services, '/api/user/v1/login/', {}, body)).response.jwt_token;
}

export type Headers = Readonly<Record<string, string>>;

/** Invites an e-mail into the project of an Admin. */
export async function invite(
  services: Pick<Addresses, 'uasam'>,
  admin: Headers,
  email: string,
  privilege = 2,
): Promise<{ readonly id: string; readonly token: string }> {
  const { response_body: made } = await post(services, '/api/project/v1/members/invite/', admin, {
    email,
    privilege,
  });
  return { id: made.invitation.id, token: made.token };
}

/** A new user who is a member of the project of an Admin. */
export async function addMember(
  services: Pick<Addresses, 'uasam'>,
  admin: Headers,
  privilege: number,
): Promise<Person> {
  const person = await signUp(services);
  const { token } = await invite(services, admin, person.email, privilege);
  await post(services, '/api/project/v1/members/accept/', { 'X-OTAS-USER-TOKEN': person.token }, { token });
  return person;
}
