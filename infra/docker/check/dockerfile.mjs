/**
 * What a stage of the Dockerfile says of the container, with what it has from the stages that it is made from.
 *
 * @param {string} text the Dockerfile
 * @param {string} target name of a stage
 * @returns {{env: Record<string, string>, user: string, cmd: string[], healthcheck: string[] | null,
 *   copies: {from: string, to: string}[]}} commands in exec form; `copies` are those from the stage `build`
 * @throws Error when there is no such stage, or a command is not in exec form: a shell would keep signals to itself
 */
export function readStage(text, target) {
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  const start = lines.findIndex((line) => new RegExp(`^FROM \\S+ AS ${target}$`).test(line));
  if (start === -1) throw new Error(`the Dockerfile has no stage ${target}`);
  const [, parent] = lines[start].split(' ');
  const hasParent = lines.some((line) => line.endsWith(` AS ${parent}`));
  const stage = hasParent
    ? readStage(text, parent)
    : { env: {}, user: 'root', cmd: [], healthcheck: null, copies: [] };
  for (const line of lines.slice(start + 1)) {
    if (line.startsWith('FROM ')) break;
    read(line, stage);
  }
  return stage;
}

function read(line, stage) {
  const [instruction, rest] = [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)];
  if (instruction === 'ENV') {
    for (const [, name, value] of rest.matchAll(/(\w+)=(\S*)/g)) stage.env[name] = value;
  }
  if (instruction === 'USER') stage.user = rest;
  if (instruction === 'CMD') stage.cmd = execForm(rest);
  if (instruction === 'HEALTHCHECK') stage.healthcheck = execForm(rest.slice(rest.indexOf('CMD ') + 4));
  const copy = /^--from=build (\S+) (\S+)$/.exec(rest);
  if (instruction === 'COPY' && copy !== null) stage.copies.push({ from: copy[1], to: copy[2] });
}

function execForm(text) {
  if (!text.startsWith('[')) throw new Error(`not in exec form: ${text}`);
  return JSON.parse(text);
}
