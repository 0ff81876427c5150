const parameter = /^\{([a-z_]+)\}$/;

/**
 * A path in which a whole segment may be a parameter: `/v2/agents/{agent_key}`. A parameter is never empty; one slash
 * at the end more or less makes no difference.
 */
export class PathTemplate {
  readonly #segments: readonly string[];
  readonly #names: readonly (string | null)[];

  constructor(template: string) {
    this.#segments = segmentsOf(template);
    this.#names = this.#segments.map((segment) => parameter.exec(segment)?.[1] ?? null);
  }

  get hasParameters(): boolean {
    return this.#names.some((name) => name !== null);
  }

  /** Matches exactly the paths of the template, with nothing captured: what a client sent is not decoded on the way. */
  get pattern(): RegExp {
    const parts = this.#segments.map((segment, at) => (this.#names[at] === null ? quote(segment) : '[^/]+'));
    return new RegExp(`^${parts.join('/')}/?$`);
  }

  /**
   * The parameter's value in `path`, percent-decoded; what is not well-formed percent-encoding stays as it was sent.
   * Null when the template has no such parameter, or the path no such segment.
   */
  valueIn(path: string, name: string): string | null {
    const at = this.#names.indexOf(name);
    const segment = at === -1 ? undefined : segmentsOf(path)[at];
    if (segment === undefined) return null;
    try {
      return decodeURIComponent(segment);
    } catch {
      return segment;
    }
  }
}

function segmentsOf(path: string): string[] {
  return (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
