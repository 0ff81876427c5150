/** UASAM's own refusal of a person who wants to read: its status and body go to that person as they are. */
export class ReadRefused extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super('UASAM refused the read');
    this.name = 'ReadRefused';
    this.status = status;
    this.body = body;
  }
}
