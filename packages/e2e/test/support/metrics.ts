/** What a service shows to Prometheus. */
export interface Scrape {
  /** The name of every metric, those without a sample included; of a histogram those of its parts. */
  readonly names: ReadonlySet<string>;
  /** Each sample as it stands in the text: its name and labels, and its value. */
  readonly samples: ReadonlyMap<string, number>;
  readonly text: string;
  /** The sum of all samples of a name whose labels include these. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number;
}

/** Asks for `/metrics` on a port of this machine. */
export async function scrape(port: number): Promise<Scrape> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (answer.status !== 200) throw new Error(`/metrics answered ${answer.status}`);
  const text = await answer.text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const samples = new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(line.split(' ').at(-1))]));
  const names = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => name + part) : [name],
  );
  const sum = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
    [...samples]
      .filter(([sample]) => sample.split('{', 1)[0] === name)
      .filter(([sample]) =>
        Object.entries(labels).every(([label, value]) => sample.includes(`${label}="${value}"`)),
      )
      .reduce((total, [, value]) => total + value, 0);
  return { names: new Set(names), samples, text, sum };
}

/** Waits until `look` gives something else than null, at most 40 s. */
export async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadlineMs = Date.now() + 40_000;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (Date.now() > deadlineMs) throw new Error('not within 40 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
