import { setTimeout as sleep } from 'node:timers/promises';
import { type OtasMiddleware, otasMiddleware } from '@otas/sdk';
import type { Answer } from '../../../e2e/test/support/http';
import { type Services, startServices } from '../../../e2e/test/support/services';
import { makeTenant, readSession, type Tenant } from '../../../e2e/test/support/tenant';
import { type Host, hosts } from './hosts';

/** The services of a test file, and of each of its tests a tenant with the middleware of its back end. */
export class BackEnd {
  services!: Services;
  tenant!: Tenant;
  otas!: OtasMiddleware;
  readonly #running: Pick<Host, 'stop'>[] = [];

  /** Options of the middleware. */
  get addresses() {
    return { sdkKey: this.tenant.sdkKey, brainUrl: this.services.brain.url };
  }

  /** @param more further headers, of a request that ends its connection */
  headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { 'X-OTAS-AGENT-SESSION-TOKEN': this.tenant.sessionToken, Connection: 'close', ...more };
  }

  /** Starts a back end of a framework for this test. @returns its port */
  async start(framework: string, otas: OtasMiddleware | null): Promise<number> {
    const host = await (hosts[framework] as (typeof hosts)[string])(otas);
    this.stopAfterwards(host);
    return host.port;
  }

  stopAfterwards(part: Pick<Host, 'stop'>): void {
    this.#running.push(part);
  }

  /** What the agent's session holds once at least so many events are there. */
  async recorded(count = 0): Promise<Answer['body'][]> {
    for (;;) {
      expect(await this.otas.flush()).toBe(true);
      const events = await readSession(this.services, this.tenant);
      if (events.length >= count) return events;
      await sleep(20);
    }
  }

  async stopRunning(): Promise<void> {
    for (const part of this.#running.splice(0)) await part.stop();
    await this.otas.close();
  }
}

/** Starts the services for this file, and a tenant for each of its tests. */
export function useBackEnd(): BackEnd {
  const backEnd = new BackEnd();
  beforeAll(async () => {
    backEnd.services = await startServices();
  });
  beforeEach(async () => {
    backEnd.tenant = await makeTenant(backEnd.services);
    backEnd.otas = otasMiddleware(backEnd.addresses);
  });
  afterEach(() => backEnd.stopRunning());
  afterAll(() => backEnd.services.stop());
  return backEnd;
}
