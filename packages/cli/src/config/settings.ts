import { CliError, exitCodes } from '../exit-codes';
import { type Addresses, defaultAddresses, parseAddress } from './addresses';
import type { Login, LoginFile } from './login-file';

type Environment = Readonly<Record<string, string | undefined>>;

/** Who asks whom, as far as that is known. */
export interface Settings extends Addresses {
  /** Null when nobody is logged in. */
  readonly userToken: string | null;
  readonly projectId: string | null;
  /** Why there is no token, although somebody is logged in; null otherwise. */
  readonly tokenFault: string | null;
}

/**
 * What the environment says, and where it says nothing, the login. With a token in the environment nothing is taken from the
 * login; and a login's token is never sent to another UASAM than the one that gave it.
 *
 * @throws CliError 2 for an address that is none; 3 for a login that cannot be used
 */
export async function readSettings(env: Environment, file: LoginFile): Promise<Settings> {
  const login = env.OTAS_USER_TOKEN ? null : await file.find();
  const addresses = readAddresses(env, login ?? defaultAddresses);
  const isOfOther = login !== null && login.uasamUrl !== addresses.uasamUrl;
  return {
    ...addresses,
    userToken: env.OTAS_USER_TOKEN || (isOfOther ? null : (login?.userToken ?? null)),
    projectId: env.OTAS_PROJECT_ID || (isOfOther ? null : (login?.projectId ?? null)),
    tokenFault: isOfOther ? describeOther(login, addresses) : null,
  };
}

/** `OTAS_UASAM_URL` and `OTAS_BRAIN_URL`, or else those given. @throws CliError 2 for one that is no address */
export function readAddresses(env: Environment, otherwise: Addresses): Addresses {
  const read = (name: string, fallback: string): string => {
    const text = env[name];
    return text ? parseAddress(text, name) : fallback;
  };
  return {
    uasamUrl: read('OTAS_UASAM_URL', otherwise.uasamUrl),
    brainUrl: read('OTAS_BRAIN_URL', otherwise.brainUrl),
  };
}

function describeOther(login: Login, { uasamUrl }: Addresses): string {
  return `the login is for ${login.uasamUrl}, and OTAS_UASAM_URL is ${uasamUrl}: its token is not sent there`;
}

/** @throws CliError 3 when nobody is logged in */
export function tokenOf({ userToken, tokenFault }: Settings): string {
  if (userToken !== null) return userToken;
  const advice = 'run otas login, or set OTAS_USER_TOKEN';
  throw new CliError(exitCodes.notAllowed, `${tokenFault ?? 'nobody is logged in'}: ${advice}`);
}

/** @throws CliError 3 when none was chosen */
export function projectOf({ projectId }: Settings): string {
  if (projectId !== null) return projectId;
  const advice = 'run otas projects use, or set OTAS_PROJECT_ID';
  throw new CliError(exitCodes.notAllowed, `no project was chosen: ${advice}`);
}
