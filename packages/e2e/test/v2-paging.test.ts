import { setTimeout as sleep } from 'node:timers/promises';
import { agentEventClient } from './support/agent-event-client';
import { type Services, startServices } from './support/services';
import { makeTenant, type Tenant } from './support/tenant';
import { readEventPage, readRecorded } from './support/v2-models';

let services: Services;
let tenant: Tenant;
const { ask, record, readAll } = agentEventClient(
  () => services,
  () => tenant,
);
beforeAll(async () => {
  services = await startServices();
  tenant = await makeTenant(services);
});
afterAll(() => services.stop());

const [writerCount, readerCount, runMs] = [20, 5, 4000];
/** Fewer would not fill the pages of every reader. */
const takenMin = 200;

/** Reads page after page while events arrive, and waits at the end of the session until no more will come. */
async function follow(limit: number, isOver: () => boolean): Promise<string[]> {
  const seen: string[] = [];
  let pageKey = '';
  for (;;) {
    const wasOver = isOver();
    const answer = await ask('GET', `?limit=${limit}${pageKey === '' ? '' : `&page_key=${pageKey}`}`);
    const { events, metadata } = readEventPage(answer);
    const isLast = metadata.page_key === undefined;
    if (!isLast) pageKey = metadata.page_key ?? '';
    if (!isLast || wasOver) seen.push(...events.map(({ id }) => id));
    if (isLast && wasOver) return seen;
    if (isLast) await sleep(20);
  }
}

test('while 20 writers append, 5 readers miss no event and see none twice', async () => {
  let [isOver, isAllTaken] = [false, false];
  const taken: string[] = [];
  const write = async (writer: number) => {
    for (let at = 0; !isOver || taken.length <= takenMin; at++) {
      const size = 1 + ((writer + at) % 4);
      const events = Array.from({ length: size }, () => ({ type: 'thinking', content: `${writer} ${at}` }));
      taken.push(...readRecorded(await record({ events })).events.map(({ id }) => id));
    }
  };
  const writers = Array.from({ length: writerCount }, (_, writer) => write(writer));
  const readers = Array.from({ length: readerCount }, (_, reader) =>
    follow(20 * (reader + 1), () => isAllTaken),
  );
  await sleep(runMs);
  isOver = true;
  await Promise.all(writers);
  isAllTaken = true;
  const seen = await Promise.all(readers);
  const all = (await readAll()).map(({ id }) => id);
  expect([...all].sort()).toEqual([...taken].sort());
  for (const ids of seen) expect(ids).toEqual(all);
});
