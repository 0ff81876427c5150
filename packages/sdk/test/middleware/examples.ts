import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { startLocalServer } from '../../../../test/local-server';
import { agentEventClient } from '../../../e2e/test/support/agent-event-client';
import { send } from '../../../e2e/test/support/http';
import { readSession, type Tenant } from '../../../e2e/test/support/tenant';
import { packageDir, runProgram } from '../support/program';
import { exchangeRaw, rawRequest } from '../support/raw-http';
import type { BackEnd } from '../support/use-back-end';

const fileOf = (name: string): string => path.join(packageDir, 'examples', name);

/** A model that says in which order the tools are to be called, and what the agent says at the end. */
const turns = [
  { role: 'assistant', tool: 'count', input: { item: 'bolts' } },
  { role: 'assistant', tool: 'order', input: { item: 'bolts', count: 97 } },
  { role: 'assistant', content: 'I have ordered 97 bolts.' },
];

/** The programs of `examples`, as they are. */
export function testExamples(backEnd: BackEnd): void {
  /** The session that a program has begun by itself. */
  const sessionOfProgram = async (): Promise<Tenant> => {
    const { tenant, services } = backEnd;
    const url = `${services.uasam.url}/api/agent/v1/sessions/list/?agent_id=${tenant.agentId}`;
    const { sessions } = (await send('GET', url, tenant.reader)).body.response;
    expect(sessions).toHaveLength(2);
    return { ...tenant, sessionId: sessions[0].id };
  };

  test('an agent and a shop: each call is recorded once, those of the shop by the shop', async () => {
    const { tenant, services } = backEnd;
    const asked: unknown[] = [];
    const model = await startLocalServer(async (req, res) => {
      for await (const chunk of req) asked.push(JSON.parse(String(chunk)).messages.length);
      res.setHeader('Content-Type', 'application/json').end(JSON.stringify(turns[asked.length - 1]));
    });
    const addresses = { OTAS_UASAM_URL: services.uasam.url, OTAS_BRAIN_URL: services.brain.url };
    const shop = runProgram(fileOf('shop.mjs'), { ...addresses, OTAS_SDK_KEY: tenant.sdkKey, PORT: '0' });
    for (const part of [model, shop]) backEnd.stopAfterwards(part);
    const env = {
      ...addresses,
      OTAS_AGENT_KEY: tenant.agentKey,
      MODEL_URL: `http://127.0.0.1:${model.port}`,
      MODEL_KEY: 'a secret of the model',
      SHOP_URL: await shop.says(/open on (\S+)/),
    };
    const task = 'Order what is missing to 100 bolts.';
    const agent = await runProgram(fileOf('agent.mjs'), env, task).ended;
    expect(agent).toEqual({ code: 0, output: 'I have ordered 97 bolts.\n' });
    await shop.stop();

    const session = await sessionOfProgram();
    const calls = await readSession(services, session);
    const asModel = { method: 'POST', path: '/v1/chat', status_code: 200, error: null };
    expect(calls).toMatchObject([
      { ...asModel, response_body: JSON.stringify(turns[0]) },
      { method: 'GET', path: '/stock/bolts', status_code: 200, response_body: '{"item":"bolts","count":3}' },
      { ...asModel, response_body: JSON.stringify(turns[1]) },
      {
        ...{ method: 'POST', path: '/orders', status_code: 201 },
        request_body: '{"item":"bolts","count":97}',
        response_body: '{"order":{"item":"bolts","count":97},"status":"placed"}',
      },
      { ...asModel, response_body: JSON.stringify(turns[2]) },
    ]);
    expect(JSON.stringify(calls)).not.toContain('a secret of the model');
    const client = agentEventClient(
      () => services,
      () => session,
    );
    expect(await client.readAll()).toMatchObject([
      { type: 'input_message', messages: [{ type: 'text', content: task }] },
      { type: 'tool_input', tool_name: 'count', tool_input: { item: 'bolts' } },
      { type: 'tool_output', tool_name: 'count', tool_output: { item: 'bolts', count: 3 }, error: false },
      { type: 'tool_input', tool_name: 'order', tool_input: { item: 'bolts', count: 97 } },
      { type: 'tool_output', tool_name: 'order', error: false },
      { type: 'agent_output', content: 'I have ordered 97 bolts.' },
    ]);
  });

  test('the back end of the README records what an agent asks of it', async () => {
    const text = await readFile(path.join(packageDir, 'README.md'), 'utf8');
    const [, program = ''] = /\n## A back end\n.*?\n```js\n(.*?)```/s.exec(text) ?? [];
    const { sdkKey: OTAS_SDK_KEY, brainUrl: OTAS_BRAIN_URL } = backEnd.addresses;
    const tell = `\nserver.once('listening', () => console.log('port', server.address().port));`;
    const env = { OTAS_SDK_KEY, OTAS_BRAIN_URL, PORT: '0' };
    const shop = runProgram('--input-type=module', env, '-e', program + tell);
    backEnd.stopAfterwards(shop);
    const port = await shop.says(/port (\d+)/);
    const headers = backEnd.headers({ 'Content-Type': 'application/json' });
    await exchangeRaw(Number(port), rawRequest('POST', '/orders', headers, '{"bolts":97}'));
    await shop.stop();
    expect(await shop.ended).toMatchObject({ code: 0 });
    expect(await backEnd.recorded()).toMatchObject([
      { path: '/orders', status_code: 201, response_body: '{"placed":{"bolts":97}}', error: null },
    ]);
  });

  test('a program that is traced by OpenTelemetry: its calls and its tools are recorded', async () => {
    const { services, tenant } = backEnd;
    const weather = await startLocalServer((_req, res) => res.end('sunny'));
    backEnd.stopAfterwards(weather);
    const program = runProgram(fileOf('opentelemetry.cjs'), {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${services.brain.url}/v1/traces`,
      OTEL_EXPORTER_OTLP_HEADERS: `x-otas-agent-key=${tenant.agentKey},x-otas-agent-session-token=${tenant.sessionToken}`,
      WEATHER_URL: `http://127.0.0.1:${weather.port}`,
    });
    expect(await program.ended).toEqual({ code: 0, output: 'the weather service answered 200\n' });
    expect(await readSession(services, tenant)).toMatchObject([
      { method: 'GET', path: '/forecast', query_params: 'city=Oslo', status_code: 200, error: null },
    ]);
    const client = agentEventClient(
      () => services,
      () => tenant,
    );
    expect(await client.readAll()).toMatchObject([
      { type: 'tool_input', tool_name: 'forecast', tool_input: { city: 'Oslo' } },
      { type: 'tool_output', tool_name: 'forecast', tool_output: { status: 200 }, error: false },
    ]);
  });
}
