/** The body of an answer that is not JSON: `PlainAnswer`, or an error's body, may hold one. */
export class BytesBody {
  readonly bytes: Uint8Array;
  readonly contentType: string;

  constructor(bytes: Uint8Array, contentType: string) {
    this.bytes = bytes;
    this.contentType = contentType;
  }
}
