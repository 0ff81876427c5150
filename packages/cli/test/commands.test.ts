import { doctorSuite } from './suites/doctor';
import { exportSuite } from './suites/export';
import { loginSuite } from './suites/login';
import { projectsAndAgentsSuite } from './suites/projects-and-agents';
import { searchSuite } from './suites/search';
import { sessionsSuite } from './suites/sessions';
import { tailSuite } from './suites/tail';
import { terminalSuite } from './suites/terminal';
import { startWorld, type World } from './support/world';

// One stack for all of them: each part has tenants of its own.
let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

describe('login', () => loginSuite(() => world));
describe('projects and agents', () => projectsAndAgentsSuite(() => world));
describe('sessions', () => sessionsSuite(() => world));
describe('tail', () => tailSuite(() => world));
describe('search', () => searchSuite(() => world));
describe('export', () => exportSuite(() => world));
describe('doctor', () => doctorSuite(() => world));
describe('a terminal', () => terminalSuite(() => world));
