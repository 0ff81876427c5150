import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@otas/http-kit';
import { ApiKeys } from '../src/auth/api-keys';
import { selectAgentKey, selectSdkKey } from '../src/auth/credentials.store';
import { KeyUses, type KeyUseTimes } from '../src/auth/key-uses';
import { keyUsesFlushIntervalMs } from '../src/deps';
import { startTestService, type TestService } from './support/service';
import { createAgent, createSdkKey, createTenant, paths } from './support/tenant';

const pepper = 'a pepper of at least thirty-two characters';

describe('keys', () => {
  test('split in one way only: ten thousand of them read back as they were made', () => {
    const keys = new ApiKeys(pepper);
    for (let n = 0; n < 10_000; n++) {
      const { key, prefix, hash } = keys.create(n % 2 === 0 ? 'agent' : 'otas');
      expect(key).toMatch(/^(agent|otas)_[A-Za-z0-9]{12}_[A-Za-z0-9]{40}$/);
      expect(keys.prefixOf(key, n % 2 === 0 ? 'agent' : 'otas')).toBe(prefix);
      expect(keys.prefixOf(key, n % 2 === 0 ? 'otas' : 'agent')).toBeNull();
      expect(keys.matches(key, hash)).toBe(true);
    }
  });

  test('use every letter and digit equally often', () => {
    const keys = new ApiKeys(pepper);
    const counts = new Map<string, number>();
    for (let n = 0; n < 2000; n++) {
      for (const character of keys.create('otas').key.slice(18)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
    }
    const mean = (2000 * 40) / 62;
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
  });

  test('are kept as an HMAC under the pepper', () => {
    const { key, hash } = new ApiKeys(pepper).create('agent');
    expect(hash).toHaveLength(32);
    expect(new ApiKeys(`${pepper}!`).matches(key, hash)).toBe(false);
    expect(new ApiKeys(pepper).matches(`${key}x`, hash)).toBe(false);
    expect(new ApiKeys(pepper).matches(key, hash.slice(1))).toBe(false);
  });
});

describe('the last use of a key', () => {
  const logger = createLogger('test', 'silent');
  const never = 2 ** 30;

  test('is written once for many uses', async () => {
    const writes: KeyUseTimes[] = [];
    const write = async (uses: KeyUseTimes): Promise<void> => void writes.push(uses);
    const uses = new KeyUses({ write, flushIntervalMs: never, logger });
    for (let second = 0; second < 60; second++) uses.note('a', new Date(second * 1000));
    uses.note('b', new Date(5));
    await uses.flush();
    await uses.stop();
    expect(writes).toEqual([
      new Map([
        ['a', new Date(59_000)],
        ['b', new Date(5)],
      ]),
    ]);
  });

  test('is written within a minute, by itself and however long the key goes on being used', async () => {
    jest.useFakeTimers({ now: 0 });
    try {
      let written = 0;
      const write = async (batch: KeyUseTimes): Promise<void> => {
        written = batch.get('a')?.getTime() ?? 0;
      };
      const uses = new KeyUses({ write, flushIntervalMs: keyUsesFlushIntervalMs, logger });
      for (let second = 0; second < 600; second++) {
        uses.note('a', new Date());
        await jest.advanceTimersByTimeAsync(1000);
        if (second >= 60) expect(Date.now() - written).toBeLessThanOrEqual(60_000);
      }
    } finally {
      jest.useRealTimers();
    }
  });

  test('is written later when it could not be written, without overtaking a newer one', async () => {
    let fails = true;
    const written: KeyUseTimes[] = [];
    const write = async (batch: KeyUseTimes): Promise<void> => {
      if (!fails) {
        written.push(batch);
        return;
      }
      uses.note('a', new Date(2));
      throw new Error('no database');
    };
    const uses = new KeyUses({ write, flushIntervalMs: never, logger });
    uses.note('a', new Date(1));
    uses.note('b', new Date(1));
    await uses.flush();
    fails = false;
    await uses.stop();
    expect(written).toEqual([
      new Map([
        ['a', new Date(2)],
        ['b', new Date(1)],
      ]),
    ]);
  });

  test('holds a bounded number of keys', async () => {
    let size = 0;
    const write = async (uses: KeyUseTimes): Promise<void> => {
      size = uses.size;
    };
    const uses = new KeyUses({ write, flushIntervalMs: never, logger });
    for (let n = 0; n < 100_001; n++) uses.note(String(n), new Date(0));
    await uses.stop();
    expect(size).toBe(100_000);
  });
});

describe('in the database', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });
  afterAll(() => service.close());

  test('the last use of a key is there after a flush, and does not go back', async () => {
    const tenant = await createTenant(service);
    const { key, keyId } = await createAgent(service, tenant);
    const sdkKey = await createSdkKey(service, tenant);
    const { prisma } = service.deps.database;
    const lastUses = async (): Promise<(Date | null | undefined)[]> => [
      (await prisma.agentKey.findUnique({ where: { id: keyId } }))?.lastUsedAt,
      (await prisma.sdkKey.findUnique({ where: { id: sdkKey.id } }))?.lastUsedAt,
    ];
    const useAt = async (time: Date): Promise<void> => {
      service.clock.now = time;
      await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', key).expect(200);
      await service.http.post(paths.sdkKey).set('X-OTAS-SDK-KEY', sdkKey.key).expect(200);
      service.clock.now = null;
    };
    const later = new Date(Date.now() + 60_000);
    await useAt(later);
    expect(await lastUses()).toEqual([null, null]);
    await service.deps.agentKeyUses.flush();
    await service.deps.sdkKeyUses.flush();
    expect(await lastUses()).toEqual([later, later]);
    await useAt(new Date(later.getTime() - 30_000));
    await service.deps.agentKeyUses.flush();
    await service.deps.sdkKeyUses.flush();
    expect(await lastUses()).toEqual([later, later]);
  });

  test('the lists tell the last use of a key within a minute, without anybody asking for it to be written', async () => {
    const tenant = await createTenant(service);
    const agent = await createAgent(service, tenant);
    const sdkKey = await createSdkKey(service, tenant);
    const usedAfter = Date.now();
    await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', agent.key).expect(200);
    await service.http.post(paths.sdkKey).set('X-OTAS-SDK-KEY', sdkKey.key).expect(200);
    const usedBefore = Date.now();
    const listed = async (): Promise<(string | null)[]> => {
      const agentKeys = service.http.get(paths.agentKeys).set(tenant.headers).query({ agent_id: agent.id });
      const sdkKeys = service.http.get(paths.sdkKeys).set(tenant.headers);
      return [
        (await agentKeys).body.response.agent_keys[0].last_used_at,
        (await sdkKeys).body.response_body.keys[0].last_used_at,
      ];
    };
    let seen = await listed();
    while (seen.includes(null) && Date.now() - usedBefore < 60_000) {
      await sleep(100);
      seen = await listed();
    }
    for (const time of seen) {
      expect(Date.parse(time as string)).toBeGreaterThanOrEqual(usedAfter);
      expect(Date.parse(time as string)).toBeLessThanOrEqual(usedBefore);
    }
  }, 90_000);

  /** How often Postgres plans a statement that is prepared once and run twenty times. */
  const countPlans = (text: string): Promise<number> =>
    service.deps.database.prisma.$transaction(async (transaction) => {
      await transaction.$executeRawUnsafe(`PREPARE looked_up AS ${text}`);
      for (let n = 0; n < 20; n++) {
        await transaction.$executeRawUnsafe("EXECUTE looked_up (ARRAY['abcdefghijkl'])");
      }
      const [row] = await transaction.$queryRaw<{ count: number }[]>`
        SELECT custom_plans::int AS count FROM pg_prepared_statements WHERE name = 'looked_up'`;
      await transaction.$executeRawUnsafe('DEALLOCATE looked_up');
      return row?.count ?? Number.NaN;
    });

  test('a key is looked up by its prefix alone, so that other keys cost nothing', async () => {
    const tenant = await createTenant(service);
    const agent = await createAgent(service, tenant);
    const { prisma } = service.deps.database;
    await prisma.$executeRaw`
      INSERT INTO agent_keys (id, agent_id, prefix, key_hash, name, created_at, expires_at)
      SELECT gen_random_uuid(), ${agent.id}::uuid, 'filler' || gen_random_uuid(), '\\x00'::bytea, '', now(), now()
        FROM generate_series(1, 20000)`;
    const sdkKey = await createSdkKey(service, tenant);
    await prisma.$executeRaw`
      INSERT INTO sdk_keys (id, project_id, prefix, key_hash, name, created_by, created_at, expires_at)
      SELECT gen_random_uuid(), ${tenant.projectId}::uuid, 'filler' || gen_random_uuid(), '\\x00'::bytea, '',
             ${tenant.admin.id}::uuid, now(), now()
        FROM generate_series(1, 20000)`;
    await prisma.$executeRaw`ANALYZE agent_keys, sdk_keys`;
    for (const [statement, key, table] of [
      [selectAgentKey, agent.key, 'agent_keys'],
      [selectSdkKey, sdkKey.key, 'sdk_keys'],
    ] as const) {
      const explain = { name: `explain_${statement.name}`, text: `EXPLAIN ${statement.text}` };
      const values = [[key.split('_')[1]]];
      const rows = await service.deps.database.run<Record<string, string>>(explain, values);
      const plan = rows.map((row) => Object.values(row)[0]).join('\n');
      expect(plan).toContain(`${table}_prefix_key`);
      expect(plan).not.toContain(`Seq Scan on ${table}`);
      expect(await countPlans(statement.text)).toBeLessThanOrEqual(5);
    }
    const answer = await service.http.post(paths.agentKey).set('X-OTAS-AGENT-KEY', agent.key);
    expect(answer.body.response.agent.id).toBe(agent.id);
  });
});
