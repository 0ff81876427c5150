/**
 * Who may use the one thing that many share: one at a time, for as long as it likes, then the next in the order
 * of asking.
 */
export class Turns<Who extends object> {
  private holder: Who | null = null;
  private readonly waiting: { who: Who; start: () => void }[] = [];

  /** Whether somebody waits for the holder to finish. */
  get isContended(): boolean {
    return this.waiting.length > 0;
  }

  isHeldBy(who: Who): boolean {
    return this.holder === who;
  }

  /** Settles when it is `who`'s turn; at once when it already is. */
  async take(who: Who): Promise<void> {
    if (this.holder === who) return;
    if (this.holder === null) {
      this.holder = who;
      return;
    }
    await new Promise<void>((start) => this.waiting.push({ who, start }));
  }

  /** Ends the turn of `who` and starts the next one's; nothing when it is not `who`'s turn. */
  give(who: Who): void {
    if (this.holder !== who) return;
    const next = this.waiting.shift();
    this.holder = next?.who ?? null;
    next?.start();
  }
}
