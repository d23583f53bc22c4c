/** Configuration: the schema, the loader that tells every fault at once, and what is generated from the schema. */
export { adviceOn } from './advice.ts';
export { CONFIG_FILE_VARIABLE, DEBUG_VARIABLE } from './environment.ts';
export { ConfigError, type Fault } from './fault.ts';
export { configJsonSchema, configSample } from './generate.ts';
export { type LoadOptions, loadConfig } from './load.ts';
export {
  planJoinRegistration,
  planRegistration,
  type Registration,
  RegistrationError,
  type RegistrationPlan,
  readJoinToken,
  readRegistration,
} from './registration.ts';
export { revenueShareRanges } from './revenue-share.ts';
export type { Config, TrunkConfig } from './schema/index.ts';
export { showConfig } from './show.ts';
