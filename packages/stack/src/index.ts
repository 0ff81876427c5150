export { makeSecrets, readOrMakeSecrets, type Secrets } from './secrets';
export { type ServiceName, type ServiceProcess, startService } from './service-process';
export { type Stack, type StackOptions, startStack } from './stack';
