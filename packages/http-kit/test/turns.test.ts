import { Turns } from '../src/turns';

test('each turn of the event loop goes to one, in the order of asking, and what else has come goes in between', async () => {
  const turns = new Turns();
  const happened: string[] = [];
  const all = ['a', 'b', 'c'].map((name) => turns.next().then(() => happened.push(name)));
  const other = (left: number): void => {
    happened.push('other');
    if (left > 1) setImmediate(() => other(left - 1));
  };
  setImmediate(() => other(3));
  await Promise.all(all);
  expect(happened.filter((one) => one !== 'other')).toEqual(['a', 'b', 'c']);
  expect(happened.slice(happened.indexOf('a'), happened.indexOf('b'))).toContain('other');
  expect(happened.slice(happened.indexOf('b'), happened.indexOf('c'))).toContain('other');
});

test('who asks when nobody waits any more gets a turn too', async () => {
  const turns = new Turns();
  await turns.next();
  const happened: string[] = [];
  setImmediate(() => happened.push('next turn'));
  await turns.next().then(() => happened.push('who asked'));
  expect(happened).toEqual(['next turn', 'who asked']);
});
