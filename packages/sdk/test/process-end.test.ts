import { startAgent } from './support/agent-process';
import { agentEnv, type ScriptedBrain, startScriptedBrain } from './support/scripted-brain';

let brain: ScriptedBrain;
beforeEach(async () => {
  brain = await startScriptedBrain();
});
afterEach(() => brain.stop());

test('a Brain that never answers keeps no program alive', async () => {
  brain.answer(() => null);
  const agent = startAgent(['return', '5'], agentEnv(brain));
  expect(await agent.ended).toMatchObject({ code: 0, signal: null, errors: '' });
  expect(brain.seen[0]?.events).toHaveLength(5);
});

test('a rejection of a tool that the host does not handle ends it as without the SDK, and one that it handles does not', async () => {
  const handling = startAgent(['reject', '0', '', 'handled'], agentEnv(brain));
  expect(await handling.ended).toMatchObject({ code: 0, errors: '' });
  const leaving = startAgent(['reject', '0', ''], agentEnv(brain));
  expect(await leaving.ended).toMatchObject({ code: 1, errors: expect.stringContaining('this tool fails') });
  expect(brain.seen.map(({ events }) => events)).toEqual(Array(2).fill(['tool_input', 'tool_output']));
});

test('two copies of the SDK in a process listen once, and SIGTERM ends it by that signal after both were delivered', async () => {
  const agent = startAgent([], agentEnv(brain), 'twice.mjs');
  expect(await agent.says('session')).toBe('1');
  agent.signal('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
  expect(brain.seen.flatMap(({ events }) => events).sort()).toEqual(['/0', '/1']);
});

test('who ends the process by a signal that nobody else listens to, does so as without the SDK', async () => {
  const agent = startAgent(['watch'], agentEnv(brain), 'twice.mjs');
  expect(await agent.says('session')).toBe('2');
  agent.signal('SIGTERM');
  expect(await agent.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
});
