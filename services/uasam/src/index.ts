export { uasamSettings } from './config';
