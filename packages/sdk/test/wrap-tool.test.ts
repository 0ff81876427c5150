import { wrapTool } from '../src/session/wrap-tool';

describe('a recorded tool', () => {
  const events: Record<string, unknown>[] = [];
  const recorder = { event: (event: object) => events.push({ ...event }), run: <T>(fn: () => T) => fn() };
  beforeEach(() => void events.splice(0));

  test('is called with the same this and arguments, and gives the same value', () => {
    const result = {};
    const tool = {
      mark: 1,
      run: wrapTool(recorder, 'run', function (this: unknown, ...args: unknown[]) {
        return [this, args, result];
      }),
    };
    const [self, args, given] = tool.run(1, 2) as unknown[];
    expect([self === tool, args, given === result]).toEqual([true, [1, 2], true]);
    expect(events[0]).toMatchObject({ type: 'tool_input', tool_name: 'run', tool_input: { args: [1, 2] } });
  });

  test('looks like the function that it wraps', () => {
    const add = async (_a: number, _b: number) => 1;
    const tool = wrapTool(recorder, 'sum', Object.assign(add, { description: 'adds' }));
    expect([tool.name, tool.length, tool.description, Object.keys(tool)]).toEqual([
      'add',
      2,
      'adds',
      ['description'],
    ]);
  });

  test('throws and rejects with the very same error', async () => {
    const error = new Error('no');
    const throwing = wrapTool(recorder, 'a', () => {
      throw error;
    });
    expect(() => throwing()).toThrow(error);
    const rejecting = wrapTool(recorder, 'b', () => Promise.reject(error));
    expect(await rejecting().catch((thrown) => thrown)).toBe(error);
    expect(events.filter((event) => event.error === true)).toHaveLength(2);
  });

  test('keeps what a promise has of its own, and its class', async () => {
    class Request<T> extends Promise<T> {}
    const tool = wrapTool(recorder, 'a', () =>
      Object.assign(Request.resolve(1), { cancel: () => 'cancelled' }),
    );
    const promise = tool();
    expect([promise instanceof Request, promise.cancel(), await promise]).toEqual([true, 'cancelled', 1]);
  });

  test('does not start what only starts when somebody waits for it', async () => {
    let started = 0;
    // biome-ignore lint/suspicious/noThenProperty: what is tested.
    const lazy = { then: () => void started++ };
    const tool = wrapTool(recorder, 'a', () => lazy);
    expect([tool() === lazy, started]).toEqual([true, 0]);
  });
});
