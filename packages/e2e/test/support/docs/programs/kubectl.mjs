// In place of kubectl: holds a command against the manifests in infra/k8s.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { refuse, root, takeOptions } from './arguments.mjs';

const base = path.join(root, 'infra/k8s/base');
const manifests = readdirSync(base)
  .map((file) => readFileSync(path.join(base, file), 'utf8'))
  .join('\n---\n');
const hasNamed = (kind, name) =>
  manifests
    .split(/^---$/m)
    .some((one) => one.toLowerCase().includes(`kind: ${kind}`) && one.includes(`name: ${name}\n`));

const args = process.argv.slice(2);
takeOptions(args, { '--namespace': true });
const command = args.shift();
if (command === 'apply') {
  for (const [, folder] of takeOptions(args, { '-k': true })) {
    if (!existsSync(path.join(root, folder, 'kustomization.yaml'))) refuse(`${folder} is no kustomization`);
  }
} else if (command === 'create') {
  const [kind, type, name] = args;
  const isSecret = kind === 'secret' && type === 'generic';
  if (isSecret && !manifests.includes(`secretKeyRef: { name: ${name},`))
    refuse(`nothing asks for the secret ${name}`);
  if (!isSecret && kind !== 'namespace') refuse(`create ${kind} is not known here`);
} else if (command === 'delete' || command === 'scale') {
  const [kind, name] = args;
  if (!hasNamed(kind, name)) refuse(`there is no ${kind} ${name}`);
} else refuse(`${command} is not known here`);
