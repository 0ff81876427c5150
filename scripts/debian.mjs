import { execFileSync } from 'node:child_process';

const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
let isUpdated = false;

/** Fetches Debian's lists of packages, once in a process. */
export function aptUpdate() {
  if (!isUpdated) execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
  isUpdated = true;
}

/** Installs a package of Debian, which needs root. */
export function aptInstall(name) {
  console.log(`otas: installing ${name} from Debian …`);
  aptUpdate();
  execFileSync('apt-get', ['install', '-y', '-qq', name], { stdio: 'inherit', env });
}
