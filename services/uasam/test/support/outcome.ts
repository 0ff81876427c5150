interface Answer {
  readonly status: number;
  readonly body: { readonly status_description: string };
}

/** Status and code of an answer, such as `404 agent_not_found`. */
export async function outcome(request: PromiseLike<Answer>): Promise<string> {
  const { status, body } = await request;
  return `${status} ${body.status_description}`;
}
