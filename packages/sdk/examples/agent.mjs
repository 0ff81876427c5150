// An agent that talks to a model and has two tools, each a call of the shop. What it hears, asks, does and says is recorded.
import { createSession } from '@otas/sdk';

const { MODEL_URL, MODEL_KEY = '', SHOP_URL = 'http://127.0.0.1:3000' } = process.env;
const task = process.argv[2] ?? 'Look how many bolts there are. Order what is missing to 100.';

// With the key in OTAS_AGENT_KEY. Calls of the shop are in the project's domain: it records them itself.
const session = await createSession({ meta: { task }, domain: [SHOP_URL] });
session.instrument();

const call = async (url, body, headers = {}) => {
  const init = { method: 'POST', body: JSON.stringify(body) };
  const type = { 'Content-Type': 'application/json' };
  const response = await fetch(url, body === undefined ? {} : { ...init, headers: { ...type, ...headers } });
  return response.json();
};

const tools = {
  count: session.tool('count', ({ item }) => call(`${SHOP_URL}/stock/${encodeURIComponent(item)}`)),
  order: session.tool('order', ({ item, count }) => call(`${SHOP_URL}/orders`, { item, count })),
};

session.event({ type: 'input_message', messages: [{ type: 'text', content: task }] });
const messages = [{ role: 'user', content: task }];
for (;;) {
  const question = { model: 'small', messages, tools: Object.keys(tools) };
  const answer = await call(`${MODEL_URL}/v1/chat`, question, { Authorization: `Bearer ${MODEL_KEY}` });
  messages.push(answer);
  if (answer.tool === undefined) {
    session.event({ type: 'agent_output', content: answer.content });
    console.log(answer.content);
    break;
  }
  const output = await tools[answer.tool](answer.input);
  messages.push({ role: 'tool', content: JSON.stringify(output) });
}

// Sends what still waits. Not end(): in an ended session the shop could not record what it has just answered.
await session.flush();
