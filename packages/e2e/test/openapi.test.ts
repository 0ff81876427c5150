import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { makeTenant } from './support/tenant';

const root = path.join(__dirname, '..', '..', '..');
const both = ['uasam', 'brain'] as const;
let services: Services;

beforeAll(async () => {
  services = await startServices();
});
afterAll(() => services.stop());

const urlOf = (service: (typeof both)[number], at: string): string => `${services[service].url}${at}`;

describe.each(both)('the description of %s', (service) => {
  test('is served as it is committed, and a client that has it gets 304', async () => {
    const first = await send('GET', urlOf(service, '/openapi.json'));
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(first.headers.get('access-control-allow-origin')).toBe('*');
    expect(first.text).toBe(await readFile(path.join(root, 'services', service, 'openapi.json'), 'utf8'));
    const tag = first.headers.get('etag') ?? '';
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await send('GET', urlOf(service, '/openapi.json'), { 'If-None-Match': known });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await send('GET', urlOf(service, '/openapi.json'), { 'If-None-Match': '"other"' })).status).toBe(
      200,
    );
  });

  test('says nothing of what other services ask', async () => {
    const { body } = await send('GET', urlOf(service, '/openapi.json'));
    expect(Object.keys(body.paths).filter((route) => route.startsWith('/internal/'))).toEqual([]);
  });

  test('has a page that loads nothing from elsewhere and runs nothing that stands in it', async () => {
    const page = await send('GET', urlOf(service, '/docs'));
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link as string);
    const files = links.filter((link) => link.startsWith('/docs/'));
    expect(links.filter((link) => !link.startsWith('/') && link !== 'data:,')).toEqual([]);
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const answer = await send('GET', urlOf(service, file));
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        200,
        file.endsWith('.css') ? 'text/css' : 'text/javascript',
      ]);
    }
    for (const name of ['package.json', '..%2Fpackage.json', 'constructor']) {
      expect((await send('GET', urlOf(service, `/docs/${name}`))).status).toBe(404);
    }
  });
});

test('the example of each body that UASAM takes has the form that it wants', async () => {
  const tenant = await makeTenant(services);
  const admin = { 'X-OTAS-USER-TOKEN': tenant.userToken, 'X-OTAS-PROJECT-ID': tenant.projectId };
  const { paths } = (await send('GET', urlOf('uasam', '/openapi.json'))).body;
  // A new password ends the token, and the name of the project to delete is not this one's.
  const others = Object.entries<object>(paths).filter(
    ([at]) => !/reset-password|project\/v1\/delete/.test(at),
  );
  const sent: string[] = [];
  for (const [at, methods] of others) {
    for (const [method, { requestBody }] of Object.entries(methods)) {
      if (requestBody === undefined) continue;
      const headers = at.endsWith('/session/create/') ? { 'X-OTAS-AGENT-KEY': tenant.agentKey } : admin;
      const { example } = requestBody.content['application/json'];
      const { status, body } = await send(method.toUpperCase(), urlOf('uasam', at), headers, example);
      sent.push(`${method} ${at}`);
      if (body.status === 0 && body.status_description !== 'login_failed') {
        expect([at, status, body]).toEqual([at, status === 409 ? 409 : 404, body]);
      }
    }
  }
  expect(sent.length).toBeGreaterThan(25);
});

test('a client that is generated from both makes a project, logs and reads, and its types compile', async () => {
  const dir = await mkdtemp(path.join(__dirname, '..', 'generated-client-'));
  try {
    await cp(path.join(__dirname, 'fixtures', 'generated-client'), dir, { recursive: true });
    const generator = path.join(root, 'packages/e2e/node_modules/openapi-typescript/bin/cli.js');
    for (const service of both) {
      const { text } = await send('GET', urlOf(service, '/openapi.json'));
      await writeFile(path.join(dir, `${service}.json`), text);
      await runNode([generator, path.join(dir, `${service}.json`), '-o', path.join(dir, `${service}.ts`)]);
    }
    const compilerOptions = {
      strict: true,
      target: 'es2023',
      module: 'nodenext',
      types: ['node'],
      outDir: 'out',
    };
    await writeFile(path.join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await runNode([path.join(root, 'node_modules/typescript/bin/tsc'), '--project', dir]);
    const env = {
      UASAM_URL: services.uasam.url,
      BRAIN_URL: services.brain.url,
      EMAIL: `${randomUUID()}@example.com`,
    };
    const { logged, read, said, own } = JSON.parse(await runNode([path.join(dir, 'out/program.js')], env));
    expect(read).toEqual([{ event_id: logged, path: '/v1/orders/', latency_ms: 84.2 }]);
    expect(own).toEqual([{ id: said[0], type: 'agent_output' }]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}, 120_000);

/** What a program of Node.js prints. @throws Error with all that it said when it fails */
function runNode(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env } });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${args[0]}:\n${output}${errors}`)),
    );
  });
}
