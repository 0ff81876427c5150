import { findFreePort } from '../../../test/find-free-port';
import { type LocalServer, startLocalServer } from '../../../test/local-server';
import { codeBlocksIn } from './support/docs/code-blocks';
import { send } from './support/http';
import { type Services, startServices } from './support/services';
import { hasCurl, makeShell, ownCurl, type Shell } from './support/shell/run-shell';
import { makeTenant, minimalEvent, readSession, type Tenant } from './support/tenant';

let services: Services;
let backEnd: LocalServer;
let tenant: Tenant;
beforeAll(async () => {
  const [uasamPort, brainPort] = [await findFreePort(), await findFreePort()];
  services = await startServices({
    UASAM_PORT: String(uasamPort),
    BRAIN_PORT: String(brainPort),
    BRAIN_PUBLIC_URL: `http://127.0.0.1:${brainPort}`,
  });
  tenant = await makeTenant(services);
  backEnd = await startBackEnd();
  const update = `${services.uasam.url}/api/project/v1/update/`;
  const hostile = '$(touch hacked) `touch hacked` \'; touch hacked; "\n```sh\ntouch hacked\n```\n';
  const fields = { project_domain: backEnd.url, project_name: hostile };
  expect((await send('POST', update, tenant.reader, fields)).status).toBe(200);
});
afterAll(async () => {
  await backEnd.stop();
  await services.stop();
});

/** The project's own back end: it records what comes with a session's header, and answers. */
function startBackEnd(): Promise<LocalServer> {
  return startLocalServer(async (req, res) => {
    const token = req.headers['x-otas-agent-session-token'];
    const event = { ...minimalEvent(tenant), path: '/in-domain/' };
    const headers = { 'X-OTAS-SDK-KEY': tenant.sdkKey, 'X-OTAS-AGENT-SESSION-TOKEN': String(token) };
    const logged = await send('POST', `${services.brain.url}/api/v1/backend/log/sdk/`, headers, event);
    res.writeHead(logged.status === 201 ? 200 : 500).end('{}');
  });
}

/** The commands of the manifest, as they stand, with the key in its place. */
async function readCommands(key = tenant.agentKey): Promise<string> {
  const url = `${services.uasam.url}/api/agent/v1/manifest/?agent_id=${tenant.agentId}`;
  const { status, text } = await send('GET', url, tenant.reader);
  expect(status).toBe(200);
  const commands = codeBlocksIn(text).filter(({ kind }) => kind === 'sh');
  expect(commands).toHaveLength(7);
  return commands.map((block) => block.text.replace('<your agent key>', key)).join('\n');
}

async function inShell<Result>(curl: string, work: (shell: Shell) => Promise<Result>): Promise<Result> {
  const shell = await makeShell(curl === 'curl' ? {} : { curl: ownCurl });
  try {
    return await work(shell);
  } finally {
    await shell.remove();
  }
}

const codesIn = (output: string): string[] =>
  [...output.matchAll(/"status_description":"([^"]+)"/g)].map(([, code = '']) => code);

test.each(hasCurl ? ['curl', 'a program that reads curl commands'] : ['a program that reads curl commands'])(
  'the commands of the manifest, run by %s as they stand, are a whole session of which every call is recorded',
  async (curl) => {
    const commands = await readCommands();
    const { code, output, errors, token } = await inShell(curl, async ({ run }) => {
      const result = await run(`${commands}\necho; ls; echo "token $OTAS_SESSION_TOKEN"`);
      return { ...result, token: /^token (\S+)$/m.exec(result.output)?.[1] ?? '' };
    });
    expect([code, errors, codesIn(output)]).toEqual([
      0,
      '',
      ['event_captured', 'events_captured', 'agent_session_ended'],
    ]);
    expect(output).not.toContain('hacked');
    const { agent_session_id: sessionId } = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(),
    );
    const events = await readSession(services, { ...tenant, sessionId });
    expect(events.map(({ method, path, status_code, error }) => [method, path, status_code, error])).toEqual([
      ['GET', '/in-domain/', 200, null],
      ['GET', '/v1/search/', 200, null],
      ['GET', '/v1/search/', 200, null],
      ['POST', '/v1/orders/', 0, 'connect ECONNREFUSED'],
    ]);
  },
);

test('with a wrong key each request is refused with a code of which the manifest says what to do', async () => {
  const url = `${services.uasam.url}/api/agent/v1/manifest/?agent_id=${tenant.agentId}`;
  const { text } = await send('GET', url, tenant.reader);
  const commands = await readCommands('agent_wrong_key');
  const { output } = await inShell('', ({ run }) =>
    run(`${commands.replaceAll('curl -sS', "curl -sS -w ' %{http_code}\\n'")}\necho "$ANSWER"`),
  );
  const refusals = [...output.matchAll(/"status_description":"([^"]+)".* (\d{3})$/gm)].map(
    ([, code, status]) => `| ${status} | \`${code}\` |`,
  );
  expect(refusals).toHaveLength(4);
  for (const refusal of refusals) expect(text).toContain(refusal);
});
