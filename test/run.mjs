// @ts-check
// `npm test`: sets up what is missing, then runs the checks and all the tests.
import { launch } from './setup/launch.mjs';

await launch('test/run-tests.ts', process.argv.slice(2), {
  tools: ['chromium', 'sipp', 'baresip', 'kamailio', 'kamailioTls', 'sox', 'openssl', 'coturn', 'postgres'],
  homeserver: true,
});
