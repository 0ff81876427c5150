/** The body of an answer that is not JSON. */
export class TextBody {
  readonly text: string;
  /** With its charset, as `text/markdown; charset=utf-8`. */
  readonly contentType: string;

  constructor(text: string, contentType: string) {
    this.text = text;
    this.contentType = contentType;
  }
}
