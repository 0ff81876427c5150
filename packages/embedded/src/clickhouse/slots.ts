/** Lets a fixed number of pieces of work run at a time; the rest wait, and the one that has waited longest is next. */
export class Slots {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly max: number) {}

  /** Runs the work when its turn has come, and gives what it gives. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.max) this.running++;
    else await new Promise<void>((start) => this.waiting.push(start));
    try {
      return await work();
    } finally {
      // A slot goes straight to who has waited longest: nobody who comes in between can take it.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }
}
