/** The host's `fetch` as it was when the SDK was imported: what the SDK sends itself never passes through a patch. */
export const ownFetch: typeof fetch = globalThis.fetch?.bind(globalThis);
