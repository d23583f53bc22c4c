// @ts-check
// `npm run demo`: sets up what is missing, then runs the demonstration.
import { launch } from '../setup/launch.mjs';

const args = process.argv.slice(2);
// Without a person at it, the demonstration needs a browser of its own.
const tools = args.includes('--once') ? /** @type {const} */ (['chromium']) : [];
await launch('test/demo/demo.ts', args, { tools: [...tools], homeserver: true });
