import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inBash, otas } from './support/otas';

const scripts: Record<string, string> = {};
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'otas-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout, stderr } = await otas(['completion', shell]);
    expect([code, stderr]).toEqual([0, '']);
    scripts[shell] = stdout;
    writeFileSync(path.join(dir, shell), stdout);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
])('the script for %s can be read by it, and names every command and option', (shell, flags) => {
  const { error, status, stderr } = spawnSync(shell, [...flags, path.join(dir, shell)], { encoding: 'utf8' });
  // A shell that is not installed cannot say anything; what the script names is looked at all the same.
  if (error === undefined) expect([status, stderr]).toEqual([0, '']);
  const text = scripts[shell] as string;
  const commands = [
    'login',
    'logout',
    'projects',
    'agents',
    'sessions',
    'session',
    'events',
    'export',
    'doctor',
  ];
  const below = ['rotate-key', 'create', 'list', 'use', 'show', 'tail', 'search', 'completion'];
  for (const name of [...commands, ...below]) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  const prefix = shell === 'fish' ? '-l ' : '--';
  for (const option of [
    'json',
    'human',
    'password-stdin',
    'resume',
    'overlap',
    'temporary-agent',
    'min-latency',
  ]) {
    expect(text).toContain(`${prefix}${option}`);
  }
});

test.each([
  ['otas se', ['sessions', 'session']],
  ['otas agents r', ['rotate-key']],
  ['otas --json agents rotate-key x --o', ['--overlap']],
  ['otas export --format ', ['ndjson', 'csv', 'parquet']],
  ['otas export --format p', ['parquet']],
  ['otas completion z', ['zsh']],
  ['otas session show --js', ['--json']],
])('bash completes %j to %j', async (line, replies) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  const ask = `source ${path.join(dir, 'bash')}; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}`;
  const { stdout, stderr } = await inBash(`${ask}; _otas; echo "\${COMPREPLY[@]}"`, {});
  expect([stderr, stdout.trim().split(' ')]).toEqual(['', replies]);
});
