import type { Backend, SessionSettings } from './backend';
import type { ClientSocket } from './client-socket';
import {
  authenticationOk,
  backendKeyData,
  ClientError,
  closeStatement,
  completedTags,
  errorResponse,
  failingParse,
  finalStatus,
  parameterStatus,
  readyForQuery,
  simpleQuery,
  sqlOf,
  sync,
  typeOf,
} from './messages';
import { readOpening } from './startup';
import { Statements } from './statements';

/** Copying in would make PGlite wait for data that cannot come, and end. */
const copyFromClient = /(^|;)\s*copy\b[^;]*\bfrom\s+stdin\b/i;

let lastId = 0;

/** One client of the shared backend. */
export class Connection {
  private readonly id = ++lastId;
  private readonly statements = new Statements(`c${this.id}_`);
  private settings: SessionSettings = new Map();
  private settingsChanged = false;
  /** Messages that wait for the one that makes Postgres run them (Sync, Flush, or a simple query). */
  private pending: Buffer[] = [];
  private idleTimer: NodeJS.Timeout | undefined;

  /**
   * @param idleInTransactionTimeoutMs how long the client may do nothing in a transaction while others wait for it
   */
  constructor(
    private readonly client: ClientSocket,
    private readonly backend: Backend,
    private readonly idleInTransactionTimeoutMs: number,
  ) {}

  /**
   * Serves the client until it leaves, and leaves nothing of it in the backend.
   *
   * @throws when the backend has ended
   */
  async serve(): Promise<void> {
    try {
      if (await this.greet()) await this.serveSession();
    } catch (err) {
      if (!(err instanceof ClientError)) throw err;
      await this.client.write(errorResponse(err));
    } finally {
      this.client.end();
      await this.cleanUp();
    }
  }

  /** Answers the messages of the start-up; false when the client wants no session. */
  private async greet(): Promise<boolean> {
    for (let frame = await this.client.read(0); frame; frame = await this.client.read(0)) {
      const opening = readOpening(frame);
      if (opening.kind === 'cancel') return false;
      if (opening.kind === 'session') {
        await this.client.write(opening.answer);
        await this.startSession(opening.applicationName, opening.settings);
        return true;
      }
      // No encryption: the client goes on in plain text or leaves.
      await this.client.write(Buffer.from('N'));
    }
    return false;
  }

  private async startSession(applicationName: string, settings: SessionSettings): Promise<void> {
    let values = this.backend.defaultValues;
    if (settings.size > 0) {
      this.settings = settings;
      await this.takeTurn();
      values = await this.backend.reportedValues();
      this.backend.turns.give(this);
    }
    const statuses = [...values, ['application_name', applicationName] as const];
    const told = statuses.map(([name, value]) => parameterStatus(name, value));
    const greeting = [authenticationOk, ...told, backendKeyData(this.id), readyForQuery('I')];
    await this.client.write(Buffer.concat(greeting));
  }

  private async serveSession(): Promise<void> {
    for (let frame = await this.client.read(1); frame; frame = await this.client.read(1)) {
      const type = typeOf(frame);
      if (type === 'X') return;
      if ('QP'.includes(type) && copyFromClient.test(sqlOf(frame))) {
        throw new ClientError('0A000', 'COPY FROM STDIN is not supported by the embedded Postgres');
      }
      if ('PBDEC'.includes(type)) {
        this.pending.push(this.statements.translate(frame));
      } else if ('QFSH'.includes(type)) {
        this.pending.push(frame);
        await this.run(type !== 'H');
      } else if (!'dcf'.includes(type)) {
        // Those are the data of a copy that failed before it began: Postgres skips them too.
        throw new ClientError('08P01', `invalid frontend message type ${frame[0]}`);
      }
    }
  }

  /** @param isComplete whether Postgres says at the end that it is ready for the next query */
  private async run(isComplete: boolean): Promise<void> {
    const frames = this.pending;
    this.pending = [];
    await this.takeTurn();
    if (this.client.isGone) return;
    const unnamed = this.backend.unnamedOwner === this ? null : this.statements.neededBefore(frames);
    if (unnamed) await this.backend.execute(Buffer.concat([unnamed, sync]));
    const output = await this.backend.execute(Buffer.concat(frames));
    const ownsUnnamed = this.statements.noteUnnamed(frames) ?? (unnamed ? true : null);
    if (ownsUnnamed !== null) this.backend.unnamedOwner = ownsUnnamed ? this : null;
    this.settingsChanged ||= changesSettings(frames, output);
    const status = finalStatus(output) ?? (this.backend.isInTransaction ? 'T' : 'I');
    if (isComplete && status === 'I') await this.giveTurn();
    else this.watchIdleness();
    await this.client.write(output);
  }

  private async takeTurn(): Promise<void> {
    clearTimeout(this.idleTimer);
    if (this.backend.turns.isHeldBy(this)) return;
    await this.backend.turns.take(this);
    await this.backend.activate(this.settings);
  }

  private async giveTurn(): Promise<void> {
    if (this.settingsChanged) this.settings = await this.backend.currentSettings();
    this.settingsChanged = false;
    this.backend.turns.give(this);
  }

  /** Ends a connection that keeps the others waiting: nobody else can use the session meanwhile. */
  private watchIdleness(): void {
    this.idleTimer = setTimeout(() => {
      if (!this.backend.turns.isContended) return this.watchIdleness();
      const seconds = this.idleInTransactionTimeoutMs / 1000;
      const text = `idle in a transaction for ${seconds} s while other connections waited`;
      void this.client.write(errorResponse(new ClientError('25P03', text)));
      this.client.end();
    }, this.idleInTransactionTimeoutMs);
  }

  /** Rolls back what the client left open and closes its statements. */
  private async cleanUp(): Promise<void> {
    clearTimeout(this.idleTimer);
    const { turns } = this.backend;
    if (!turns.isHeldBy(this) && this.statements.names.size === 0) return;
    // What was run and not yet ended by a Sync must fail: the Sync alone would commit it.
    if (turns.isHeldBy(this)) await this.backend.execute(Buffer.concat([failingParse, sync]));
    await turns.take(this);
    if (this.backend.isInTransaction) await this.backend.execute(simpleQuery('ROLLBACK'));
    const closes = [...this.statements.names].map((name) => closeStatement(name));
    if (closes.length > 0) await this.backend.execute(Buffer.concat([...closes, sync]));
    this.backend.unnamedOwner = null;
    if (this.settingsChanged) await this.backend.currentSettings();
    turns.give(this);
  }
}

function changesSettings(frames: Buffer[], output: Buffer): boolean {
  const tags = new Set(completedTags(output));
  return (
    tags.has('SET') ||
    tags.has('RESET') ||
    tags.has('DISCARD ALL') ||
    frames.some((frame) => frame.includes('set_config'))
  );
}
