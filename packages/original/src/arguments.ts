/**
 * The URL behind `--from-postgres`, or the one in the environment variable `ORIGINAL_DATABASE_URL`, where a list of processes
 * does not show it; null without either, and for whatever else there is in the arguments.
 */
export function fromPostgresArgument(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const [name = '', value = ''] = args.length === 1 ? splitArgument(args[0] as string) : args;
  const given = args.length === 0 ? environment.ORIGINAL_DATABASE_URL : value;
  if ((args.length > 0 && name !== '--from-postgres') || args.length > 2 || !given) return null;
  const isUrl = URL.canParse(given) && /^postgres(?:ql)?:$/.test(new URL(given).protocol);
  return isUrl ? given : null;
}

function splitArgument(text: string): string[] {
  const at = text.indexOf('=');
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
