// Only for programs of the services that want a database of their own: they must be there.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { refuse, root } from './arguments.mjs';

const [file] = process.argv.slice(2);
if (!existsSync(path.join(root, file))) refuse(`there is no ${file}`);
