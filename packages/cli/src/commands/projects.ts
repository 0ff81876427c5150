import { parseUuid } from '@otas/event-schema';
import type { Command } from 'commander';
import { setAction } from '../add-command';
import type { Context, Run } from '../context';
import { CliError, exitCodes, notFound, usageError } from '../exit-codes';
import { escapeText } from '../output/escape';
import { shortTime } from '../output/format';
import { writeTable } from '../output/table';

interface Project {
  readonly id: string;
  readonly name: string;
  readonly privilege: number;
  readonly is_active: boolean;
  readonly created_at: string;
}

export function addProjects(program: Command, context: Context): void {
  const projects = program.command('projects').description('the projects of the user');
  const list = projects.command('list', { isDefault: true }).description('all of them, newest first');
  setAction(list, context, listProjects);
  const use = projects
    .command('use <project>')
    .description('choose the project, by id or name, that the other commands are about');
  setAction(use, context, useProject);
}

async function listProjects(run: Run): Promise<void> {
  const { out } = run;
  const { projectId } = await run.settings();
  const projects = await readProjects(run);
  const isUsed = ({ id }: Project): boolean => id === projectId;
  if (!out.isHuman) {
    const marked = projects.map((project) => ({ ...project, is_used: isUsed(project) }));
    return out.json(JSON.stringify({ projects: marked }));
  }
  if (projects.length === 0) return out.line('this user has no project');
  await writeTable(out, projects, [
    { title: '', text: (project) => (isUsed(project) ? '*' : '') },
    { title: 'id', isWhole: true, text: ({ id }) => id },
    { title: 'name', text: ({ name }) => name },
    { title: 'you are', text: ({ privilege }) => (privilege === 1 ? 'Admin' : 'Member') },
    { title: 'state', text: ({ is_active }) => (is_active ? 'active' : 'inactive') },
    { title: 'created (UTC)', text: ({ created_at }) => shortTime(created_at) },
  ]);
}

async function useProject(run: Run, _options: object, text: string): Promise<void> {
  const { out, context } = run;
  const project = choose(await readProjects(run), text);
  const login = await context.loginFile.find();
  if (login === null || context.env.OTAS_USER_TOKEN) {
    const advice = 'with OTAS_USER_TOKEN nothing is kept: set OTAS_PROJECT_ID';
    throw new CliError(exitCodes.notAllowed, advice);
  }
  await context.loginFile.write({ ...login, projectId: project.id });
  if (context.env.OTAS_PROJECT_ID)
    await run.note('otas: OTAS_PROJECT_ID is set, and goes before this choice');
  if (!out.isHuman) return out.json(JSON.stringify({ project }));
  await out.line(`project: ${escapeText(project.name)}  ${project.id}`);
}

async function readProjects(run: Run): Promise<readonly Project[]> {
  const answer = await (await run.asUser()).get('/api/project/v1/list/');
  return answer.value.response_body.projects;
}

/** @throws CliError 4 when there is none with this id or name, 2 when several have the name */
function choose(projects: readonly Project[], text: string): Project {
  const id = parseUuid(text);
  const byId = projects.find((project) => project.id === id);
  if (byId !== undefined) return byId;
  const [first, ...others] = projects.filter(({ name }) => name === text);
  if (first === undefined) throw notFound(`this user has no project ${escapeText(text)}`);
  if (others.length > 0) throw usageError(`${others.length + 1} projects have this name: give an id`);
  return first;
}
