/** The environment of programs that tests start. */

/** What tells the tests what to run on (`TRUNKLINE_TEST_DRACHTIO`, …): to the gateway it would be a key that it does not know. */
const OF_TESTS = 'TRUNKLINE_TEST_';

/** Ours, without what is for the tests alone. */
export function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith(OF_TESTS)));
}
