import path from 'node:path';

export const root = path.join(import.meta.dirname, '../../../../../..');

/** Says what is wrong with a command and ends; the example that it stands in has failed. */
export function refuse(text) {
  console.error(`${path.basename(process.argv[1], '.mjs')}: ${text}`);
  process.exit(2);
}

/**
 * Takes the options off the beginning of `args`, which keeps what stands behind them.
 *
 * @param known names as they are written, with `true` for one that has a value
 * @returns each that was given, with its value, or null
 */
export function takeOptions(args, known) {
  const taken = [];
  while (args[0]?.startsWith('-')) {
    const [name, joined] = args.shift().split(/=(.*)/s, 2);
    if (!(name in known)) refuse(`no option ${name} is known here`);
    taken.push([name, known[name] ? (joined ?? args.shift() ?? refuse(`${name} wants a value`)) : null]);
  }
  return taken;
}
