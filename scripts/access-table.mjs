import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { answersOf, meanings } from './access/answers.mjs';
import { callers, namesOf } from './access/callers.mjs';
import { listRoutes } from './access/list-routes.mjs';
import { forgeries, introduction } from './access/texts.mjs';
import { root } from './install.mjs';

const { errorTable } = createRequire(import.meta.url)(path.join(root, 'packages/errors/dist'));

/** A table of Markdown, its columns under each other, as the formatter leaves it. */
function table(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function answerText(answer) {
  if (answer === 'yes') return '2xx';
  if (answer === 'own') return '2xx, its own';
  const error = errorTable[answer];
  if (error === undefined) throw new Error(`there is no error "${answer}"`);
  return `${error.status} \`${error.description ?? answer}\``;
}

/** The names of some callers, groups of them as `all agents` or `all agents but …`. */
function callersText(names) {
  const textOf = (group) => {
    const [others, named] = [[], []];
    for (const name of namesOf(group)) (names.includes(name) ? named : others).push(name);
    if (others.length === 0) return [`all ${group}`];
    return others.length === 1 && named.length > 2 ? [`all ${group} but ${others[0]}`] : named;
  };
  return Object.keys(callers).flatMap(textOf).join(', ');
}

function classSection(who) {
  const answers = answersOf(who);
  const different = [...new Set(answers.values())];
  const rows = different.map((answer) => [
    answerText(answer),
    callersText([...answers.keys()].filter((name) => answers.get(name) === answer)),
  ]);
  // Successes first, then by status.
  const sorted = rows.sort(([one], [other]) => (one < other ? -1 : 1));
  return `### ${who}\n\n${meanings[who]}\n\n${table(['answer', 'to'], sorted)}`;
}

const callerSection = ([group, ofGroup]) =>
  `### ${group}\n\n${table(['caller', 'sends'], Object.entries(ofGroup))}`;

function serviceSection([service, endpoints]) {
  const rows = endpoints.map(({ methods, path: route, who }) => [
    `${methods.join(', ')} \`${route}\``,
    `[${who}](#${who.replaceAll(' ', '-').toLowerCase()})`,
  ]);
  return `## ${service}\n\n${table(['route', 'for'], rows)}`;
}

/** Every route and what it answers to every kind of caller, as the code declares it: written by `npm run format`. */
async function describeAccess() {
  const routes = await listRoutes();
  const used = new Set(
    Object.values(routes)
      .flat()
      .map(({ who }) => who),
  );
  const unused = Object.keys(meanings).find((who) => !used.has(who));
  if (unused !== undefined) throw new Error(`no route is for "${unused}"`);
  return [
    introduction,
    '## Callers',
    ...Object.entries(callers).map(callerSection),
    forgeries,
    ...Object.entries(routes).map(serviceSection),
    '## Answers',
    ...Object.keys(meanings)
      .filter((who) => used.has(who))
      .map(classSection),
    '',
  ].join('\n\n');
}

const file = path.join(root, 'docs/access.md');
const text = `${(await describeAccess()).trimEnd()}\n`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/access.md does not say what the code declares: run npm run format');
  process.exit(1);
}
// What the routes were listed with has timers.
process.exit(0);
