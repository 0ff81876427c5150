// In place of git: nothing is fetched.
import { refuse } from './arguments.mjs';

const [command] = process.argv.slice(2);
if (!['clone', 'pull'].includes(command)) refuse(`${command} is not known here`);
