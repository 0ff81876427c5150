/** An error of ClickHouse as its HTTP interface reports it. */
export class ClickHouseFailure extends Error {
  /**
   * @param code ClickHouse's number of the error
   * @param type its name, for instance `UNKNOWN_TABLE`
   * @param status the HTTP status it is sent with
   */
  constructor(
    readonly code: number,
    readonly type: string,
    readonly status: number,
    message: string,
  ) {
    super(message);
  }

  /** Makes one that the bridge itself found, in the form the engine gives its own. */
  static of(code: number, type: string, text: string): ClickHouseFailure {
    return new ClickHouseFailure(
      code,
      type,
      statusOf(type),
      `Code: ${code}. DB::Exception: ${text}. (${type})`,
    );
  }

  /** Reads what the engine threw; what is no ClickHouse error becomes UNKNOWN_EXCEPTION (1002). */
  static from(err: unknown): ClickHouseFailure {
    if (err instanceof ClickHouseFailure) return err;
    const message = err instanceof Error ? err.message : String(err);
    const code = /^Code: (\d+)\. DB::/.exec(message)?.[1];
    const type = /\(([A-Z][A-Z0-9_]+)\)[^()]*$/.exec(message)?.[1];
    if (!code || !type) return ClickHouseFailure.of(1002, 'UNKNOWN_EXCEPTION', message);
    return new ClickHouseFailure(Number(code), type, statusOf(type), message);
  }
}

/** ClickHouse's own table (`exceptionCodeToHTTPStatus`); everything that is not in it is a 500. */
const statuses: [number, string[]][] = [
  [
    400,
    [
      ...['BAD_ARGUMENTS', 'CANNOT_COMPILE_REGEXP', 'CANNOT_PARSE_TEXT', 'CANNOT_PARSE_ESCAPE_SEQUENCE'],
      ...['CANNOT_PARSE_QUOTED_STRING', 'CANNOT_PARSE_DATE', 'CANNOT_PARSE_DATETIME', 'CANNOT_PARSE_NUMBER'],
      ...[
        'CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING',
        'CANNOT_PARSE_IPV4',
        'CANNOT_PARSE_IPV6',
        'CANNOT_PARSE_UUID',
      ],
      ...['CANNOT_PARSE_INPUT_ASSERTION_FAILED', 'DUPLICATE_COLUMN', 'ILLEGAL_COLUMN', 'THERE_IS_NO_COLUMN'],
      ...['UNKNOWN_ELEMENT_IN_AST', 'UNKNOWN_TYPE_OF_AST_NODE', 'TOO_DEEP_AST', 'TOO_BIG_AST'],
      ...['UNEXPECTED_AST_STRUCTURE', 'SYNTAX_ERROR', 'INCORRECT_DATA', 'TYPE_MISMATCH'],
      ...['VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ],
  ],
  [403, ['ACCESS_DENIED']],
  [
    404,
    [
      ...['UNKNOWN_TABLE', 'UNKNOWN_FUNCTION', 'UNKNOWN_IDENTIFIER', 'UNKNOWN_TYPE', 'UNKNOWN_STORAGE'],
      ...[
        'UNKNOWN_DATABASE',
        'UNKNOWN_SETTING',
        'UNKNOWN_DIRECTION_OF_SORTING',
        'UNKNOWN_AGGREGATE_FUNCTION',
      ],
      ...['UNKNOWN_FORMAT', 'UNKNOWN_DATABASE_ENGINE', 'UNKNOWN_TYPE_OF_QUERY', 'UNKNOWN_ROLE'],
    ],
  ],
  [408, ['TIMEOUT_EXCEEDED']],
  [413, ['QUERY_IS_TOO_LARGE']],
  [415, ['UNSUPPORTED_MEDIA_TYPE']],
  [501, ['NOT_IMPLEMENTED']],
  [503, ['SOCKET_TIMEOUT', 'CANNOT_OPEN_FILE', 'CANNOT_SCHEDULE_TASK']],
];

const statusByType = new Map(statuses.flatMap(([status, types]) => types.map((type) => [type, status])));

function statusOf(type: string): number {
  return statusByType.get(type) ?? 500;
}
