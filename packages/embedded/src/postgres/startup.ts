import { ClientError, negotiateProtocolVersion } from './messages';

const sslRequest = 80877103;
const gssEncryptionRequest = 80877104;
const cancelRequest = 80877102;

/** What a connection's first message asks for. */
export type Opening =
  | { kind: 'encryption' }
  | { kind: 'cancel' }
  | { kind: 'session'; answer: Buffer; applicationName: string; settings: Map<string, string> };

/** Parameters of a start-up message that are no settings of the session: all users and databases are one here. */
const notSettings = new Set([
  'user',
  'database',
  'replication',
  'application_name',
  'client_encoding',
  'options',
]);

/**
 * Reads the first message of a connection: a request for encryption or cancellation, or a session's start-up.
 *
 * @throws ClientError for another version of the protocol
 */
export function readOpening(frame: Buffer): Opening {
  const code = frame.length >= 8 ? frame.readInt32BE(4) : 0;
  if (code === sslRequest || code === gssEncryptionRequest) return { kind: 'encryption' };
  if (code === cancelRequest) return { kind: 'cancel' };
  if (code >>> 16 !== 3) {
    const text = `unsupported frontend protocol ${code >>> 16}.${code & 0xffff}: this server speaks 3.0`;
    throw new ClientError('0A000', text);
  }
  const parameters = readParameters(frame);
  const unknownOptions = [...parameters.keys()].filter((name) => name.startsWith('_pq_.'));
  const isNewer = (code & 0xffff) > 0 || unknownOptions.length > 0;
  const settings = commandLineSettings(parameters.get('options') ?? '');
  for (const [name, value] of parameters) {
    if (!notSettings.has(name) && !name.startsWith('_pq_.')) settings.set(name, value);
  }
  return {
    kind: 'session',
    answer: isNewer ? negotiateProtocolVersion(unknownOptions) : Buffer.alloc(0),
    applicationName: parameters.get('application_name') ?? '',
    settings,
  };
}

function readParameters(frame: Buffer): Map<string, string> {
  const words = frame.toString('utf8', 8).split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length && words[i]; i += 2) {
    parameters.set(words[i] as string, words[i + 1] as string);
  }
  return parameters;
}

/** The settings of `options`: `-c name=value` or `--name=value`, a backslash before a space that is meant. */
function commandLineSettings(options: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [, name, value] of options.matchAll(/(?:-c\s*|--)([\w.-]+)=((?:\\.|[^\s\\])*)/g)) {
    settings.set((name as string).replaceAll('-', '_'), (value as string).replace(/\\(.)/g, '$1'));
  }
  return settings;
}
