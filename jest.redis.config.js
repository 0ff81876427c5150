/** The tests that need a Redis server, whose program `TEST_REDIS_SERVER` names; see CONTRIBUTING.md. */
module.exports = {
  ...require('./jest.config.js'),
  testMatch: ['<rootDir>/{packages,services}/*/test/**/*.redis-test.ts'],
};
