import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { aptUpdate } from './debian.mjs';
import { root } from './install.mjs';

const rules = path.join(root, 'infra', 'prometheus');

/**
 * The program; where there is none, Debian's package is unpacked in `dir`, and not installed: that would start a server.
 */
export function findPromtool(dir) {
  if (isThere()) return 'promtool';
  const unpacked = path.join(dir, 'usr', 'bin', 'promtool');
  if (!existsSync(unpacked)) unpack(dir);
  return unpacked;
}

/**
 * Holds the configuration and the rules of Prometheus and what the dashboard asks it against promtool, and runs the tests
 * of the rules; gives how many of these passed and failed.
 *
 * @param program promtool
 */
export function checkRules(program) {
  const dir = mkdtempSync(path.join(tmpdir(), 'otas-promtool-'));
  try {
    const runs = [
      ['check', 'config', 'prometheus.yml'],
      ['test', 'rules', 'alerts.test.yml'],
      ['check', 'rules', writePanelRules(dir)],
    ].map((args) => spawnSync(program, args, { cwd: rules, stdio: ['ignore', 'ignore', 'inherit'] }).status);
    const passed = runs.filter((status) => status === 0).length;
    return { passed, failed: runs.length - passed };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The questions of the dashboard as rules, since those can be checked. */
function writePanelRules(dir) {
  const text = readFileSync(path.join(root, 'infra', 'grafana', 'dashboards', 'otas.json'), 'utf8');
  const questions = JSON.parse(text).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const rules = questions.map((expr, at) => ({
    record: `panel:${at}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
  }));
  const file = path.join(dir, 'panels.json');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  return file;
}

function isThere() {
  return spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0;
}

function unpack(dir) {
  console.log('otas: unpacking promtool of Debian …');
  aptUpdate();
  // As root, apt-get would download as a user who may not write here, and say so.
  execFileSync('apt-get', ['download', '-qq', '-o', 'APT::Sandbox::User=root', 'prometheus'], {
    cwd: dir,
    stdio: 'inherit',
  });
  const [file] = readdirSync(dir).filter((name) => name.endsWith('.deb'));
  execFileSync('dpkg-deb', ['-x', file, dir], { cwd: dir, stdio: 'inherit' });
}
