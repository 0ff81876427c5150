/** Says to the project's own back end which session a call belongs to; the back end records it. */
export const sessionHeader = 'X-OTAS-AGENT-SESSION-TOKEN';
