import { readFileSync } from 'node:fs';
import path from 'node:path';

/** One row of docs/access.md's tables of routes, for one method. */
export interface Route {
  readonly service: 'uasam' | 'brain';
  readonly method: string;
  /** With its parameters as `{agent_key}`. */
  readonly path: string;
  /** Its class. */
  readonly who: string;
  /** What is answered, by the caller's name: `2xx`, `2xx, its own`, or `401 invalid_token`. */
  readonly answers: ReadonlyMap<string, string>;
}

export interface AccessTable {
  readonly callers: readonly string[];
  readonly routes: readonly Route[];
}

/** docs/access.md, as a person would look something up in it. */
export function readAccessTable(): AccessTable {
  const text = readFileSync(path.join(__dirname, '../../../../../docs/access.md'), 'utf8');
  const groups = new Map(
    sectionsOf(text, 'Callers').map((section): [string, string[]] => [
      titleOf(section),
      rowsOf(section).map(([name = '']) => name),
    ]),
  );
  const answers = new Map(
    sectionsOf(text, 'Answers').map((section) => [titleOf(section), answersIn(section, groups)]),
  );
  const routes = (['UASAM', 'Brain'] as const).flatMap((service) => routesIn(text, service, answers));
  return { callers: [...groups.values()].flat(), routes };
}

/** What stands under a `##`. */
const partOf = (text: string, title: string): string =>
  text.slice(text.indexOf(`\n## ${title}\n`) + 1).split('\n## ')[0] ?? '';

/** The parts of that which begin with `###`. */
const sectionsOf = (text: string, title: string): string[] => partOf(text, title).split('\n### ').slice(1);

const titleOf = (section: string): string => section.split('\n')[0] ?? '';

/** The cells of a table, without its head. */
function rowsOf(section: string): string[][] {
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function answersIn(section: string, groups: ReadonlyMap<string, string[]>): Map<string, string> {
  return new Map(
    rowsOf(section).flatMap(([answer = '', names = '']) =>
      names
        .split(', ')
        .flatMap((name) => {
          const [group = '', but] = name.replace(/^all /, '').split(' but ');
          return groups.get(group)?.filter((one) => one !== but) ?? [name];
        })
        .map((name): [string, string] => [name, answer.replaceAll('`', '')]),
    ),
  );
}

function routesIn(
  text: string,
  title: 'UASAM' | 'Brain',
  classes: ReadonlyMap<string, ReadonlyMap<string, string>>,
): Route[] {
  return rowsOf(partOf(text, title)).flatMap(([route = '', link = '']) => {
    const [, methods = '', path = ''] = /^([A-Z, ]+) `(.+)`$/.exec(route) ?? [];
    const who = /^\[(.+)\]/.exec(link)?.[1] ?? '';
    const answers = classes.get(who) ?? new Map();
    const service = title === 'UASAM' ? 'uasam' : 'brain';
    return methods.split(', ').map((method) => ({ service, method, path, who, answers }) as const);
  });
}
