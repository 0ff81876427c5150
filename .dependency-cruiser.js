/** Who may import whom; a rule that is broken ends the lint step. The levels are drawn in README.md. */
const only = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    only('no-cycles', 'The graph of files has no cycles.', {}, { circular: true }),
    only(
      'no-unknown',
      'Every import can be found, but of what a test generates.',
      { pathNot: '/fixtures/generated-client/' },
      { couldNotResolve: true },
    ),
    only(
      'level-0',
      'errors, event-schema and backup import no other package of ours.',
      { path: '^packages/(errors|event-schema|backup)/' },
      { path: '^(packages|services)/', pathNot: '^packages/$1/' },
    ),
    only(
      'level-1',
      'A package of level 1 imports level 0 and nothing beside it.',
      { path: '^packages/(http-kit|session-token|event-log|event-store|uasam-client|original)/' },
      { path: '^(packages|services)/', pathNot: '^packages/(errors|event-schema|backup|$1)/' },
    ),
    only(
      'beside',
      'Engines and SDK import no package of ours.',
      { path: '^packages/(embedded|sdk)/(?!test/)' },
      { path: '^(packages|services)/', pathNot: '^packages/$1/' },
    ),
    only(
      'cli',
      'The command line speaks to the services over HTTP alone; its tests start them.',
      { path: '^packages/cli/src/' },
      { path: '^(packages|services)/', pathNot: '^packages/(errors|event-schema|cli)/' },
    ),
    only(
      'services-apart',
      'Services never import each other.',
      { path: '^services/([^/]+)/' },
      { path: '^services/', pathNot: '^services/$1/' },
    ),
    only(
      'packages-below-services',
      'Packages never import services.',
      { path: '^packages/' },
      { path: '^services/' },
    ),
    only(
      'services-no-tools',
      'What runs in production does not import what only laptops and tests need.',
      { path: '^services/[^/]+/src/' },
      { path: '^packages/(embedded|stack|e2e|bench|sdk|cli)/' },
    ),
    only(
      'express',
      'Only http-kit and the edge of a service see Express.',
      { path: '^services/[^/]+/src/', pathNot: '(\\.routes|/app)\\.ts$|/auth/' },
      { path: 'node_modules/express/' },
    ),
    only(
      'prisma',
      'Only stores and db/ see Prisma.',
      { path: '^services/[^/]+/src/', pathNot: '\\.store\\.ts$|/db/' },
      { path: 'node_modules/(@prisma|pg)/|/db/generated/' },
    ),
    only(
      'clickhouse',
      'Only event-store sees the ClickHouse client.',
      { path: '^(packages|services)/[^/]+/src/', pathNot: '^packages/event-store/' },
      { path: 'node_modules/@clickhouse/' },
    ),
    only(
      'redis',
      'Only http-kit sees Redis.',
      { path: '^(packages|services)/[^/]+/src/', pathNot: '^packages/http-kit/' },
      { path: 'node_modules/(ioredis|rate-limiter-flexible)/' },
    ),
    only(
      'axios',
      'Only uasam-client sees axios.',
      { path: '^(packages|services)/[^/]+/src/', pathNot: '^packages/uasam-client/' },
      { path: 'node_modules/axios/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules|/generated/' },
    exclude: { path: '/dist/|/fixtures/generated-client/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'node', 'require', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
