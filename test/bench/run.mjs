// @ts-check
// `npm run bench`: sets up what is missing, then measures.
import { launch } from '../setup/launch.mjs';

await launch('test/bench/bench.ts', process.argv.slice(2), { tools: ['sipp'], homeserver: false });
