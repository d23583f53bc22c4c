/** Bundles the dialer for the browser: `npm run build:dialer`. */
import path from 'node:path';
import { build } from 'esbuild';

const folder = import.meta.dirname;

await build({
  entryPoints: [path.join(folder, 'app', 'main.ts')],
  outfile: path.join(folder, 'public', 'dialer.generated.js'),
  bundle: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17'],
  minify: true,
  sourcemap: 'linked',
  legalComments: 'eof',
  // matrix-js-sdk loads its encryption only when asked to; the dialer's rooms are not encrypted.
  external: ['@matrix-org/matrix-sdk-crypto-wasm'],
  define: { global: 'globalThis' },
  logLevel: 'warning',
});
