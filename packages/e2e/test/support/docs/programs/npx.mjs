// In place of npx: `npx jest FILE` is held against the files that are there.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { refuse, root } from './arguments.mjs';

const [program, ...files] = process.argv.slice(2);
if (program !== 'jest') refuse(`${program} is not known here`);
for (const file of files) if (!existsSync(path.join(root, file))) refuse(`there is no ${file}`);
