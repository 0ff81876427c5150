export const introduction = `# Who may do what

Every route of both services, every kind of caller, and what is answered. This is written by \`npm run format\` from what
the code declares: each endpoint names in its \`authenticate\` step the class of callers that it is [for](#uasam), and each
class has one [table of answers](#answers). \`packages/e2e/test/access.test.ts\` asks every route as every caller, from outside,
with a request that has no other fault, and gets these answers.

In a table of answers, _2xx_ is a success, and _2xx, its own_ one that shows and changes nothing but what is the caller's: its own
agents, profile or projects. Nothing else is let through, and whatever comes without the credential that a route
reads is answered like nobody.`;

export const forgeries = `### Forged tokens and keys

- A token of a user or a session: without an algorithm, under another secret, under the secret of the other kind, under the public
  key as if it were a secret, with a \`kid\` that is not known, with other claims, of another issuer, for another audience,
  expired, with its signature cut, and a good one of the other kind.
- A key: with a prefix that is not known, with another secret, with the secret of another key, cut, and under the name of the
  other kind.`;
