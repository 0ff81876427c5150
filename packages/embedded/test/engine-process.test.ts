import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { startClickHouse, startPostgres } from '../src';
import { cleanUp, clickhouse, postgres, postgresDir, temporaryDir } from './support/engines';

afterEach(cleanUp);

describe.each([
  ['Postgres', postgres, startPostgres, 'postgres.js', postgresDir],
  ['ClickHouse', clickhouse, startClickHouse, 'clickhouse.js', temporaryDir],
])('%s', (name, engine, start, program, engineDir) => {
  test('a second process on the same directory is refused with one line', async () => {
    const dir = await engineDir();
    const first = await engine({ dir });
    const message = `${name} did not start in ${dir}: the directory ${dir} is in use by process ${first.pid}`;
    await expect(start({ dir })).rejects.toThrow(new RegExp(`^${escaped(message)} \\(see [^\n]*\\)$`));
  });

  test('a port that is taken is named', async () => {
    const { url } = await engine();
    const port = Number(new URL(url).port);
    await expect(start({ dir: await engineDir(), port })).rejects.toThrow(
      `port ${port} of 127.0.0.1 is taken`,
    );
  });

  test('its directory is made for its user alone', async () => {
    const dir = path.join(await temporaryDir(), 'new', 'data');
    await engine({ dir });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
  });

  test('it ends cleanly when told, tells how it ended, and frees its directory', async () => {
    const dir = await engineDir();
    const onExit = jest.fn();
    const running = await engine({ dir, onExit });
    process.kill(running.pid, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(onExit).not.toHaveBeenCalled();
    await running.stop();
    expect(await running.exited).toEqual({ code: 0, signal: null });
    expect(onExit).toHaveBeenCalledTimes(1);
    await engine({ dir });
  });

  test('it ends when the process that started it is gone', async () => {
    const script = path.join(__dirname, '..', 'dist', 'bin', program);
    const dir = await engineDir();
    const code = `
      const child = require('node:child_process').fork(${JSON.stringify(script)}, ['--dir', ${JSON.stringify(dir)}]);
      child.once('message', () => console.log(child.pid));`;
    const parent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = await once(createInterface({ input: parent.stdout }), 'line');
    parent.kill('SIGKILL');
    await untilGone(Number(pid));
  });
});

test('a directory whose making was cut off is made again', async () => {
  const dir = await temporaryDir();
  await mkdir(path.join(dir, 'data'));
  await writeFile(path.join(dir, 'data', 'PG_VERSION'), '18\n');
  const client = new Client((await postgres({ dir })).url);
  await client.connect();
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

test('a damaged database is told from a new one, and its data are left alone', async () => {
  const dir = await postgresDir();
  await rm(path.join(dir, 'data', 'global', 'pg_control'));
  await expect(startPostgres({ dir })).rejects.toThrow(
    `the database in ${path.join(dir, 'data')} cannot be opened`,
  );
  await stat(path.join(dir, 'data', 'base'));
});

test('the lock of a process that is gone is taken over, also when its id is in use again', async () => {
  const dir = await temporaryDir();
  await writeFile(path.join(dir, 'lock'), `${process.pid} 1\n`);
  await clickhouse({ dir });
});

async function untilGone(pid: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  process.kill(pid, 'SIGKILL');
  throw new Error(`process ${pid} still ran after ten seconds`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
