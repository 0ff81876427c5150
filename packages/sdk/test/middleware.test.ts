import { testAnyFramework } from './middleware/any-framework';
import { testExamples } from './middleware/examples';
import { testFramework } from './middleware/frameworks';
import { hosts } from './support/hosts';
import { useBackEnd } from './support/use-back-end';

// One file for all that needs the services and a back end: they take longer to start than most of the tests.
const backEnd = useBackEnd();
describe.each(Object.keys(hosts))('%s', (name) => testFramework(backEnd, name));
describe('examples', () => testExamples(backEnd));
describe('any framework', () => testAnyFramework(backEnd));
