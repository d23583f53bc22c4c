/** Bundles the dialer for the browser: `npm run build:dialer`. */
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

const folder = import.meta.dirname;

/** matrix-js-sdk loads its encryption (5 MB) only when asked to; the dialer's rooms are not encrypted. */
const noEncryption: Plugin = {
  name: 'no-encryption',
  setup(bundle) {
    const filter = /^@matrix-org\/matrix-sdk-crypto-wasm$/;
    bundle.onResolve({ filter }, () => ({ path: 'none', namespace: 'no-encryption' }));
    bundle.onLoad({ filter: /.*/, namespace: 'no-encryption' }, () => ({ contents: 'module.exports = {};' }));
  },
};

await build({
  entryPoints: [path.join(folder, 'app', 'main.ts')],
  outfile: path.join(folder, 'public', 'dialer.generated.js'),
  bundle: true,
  format: 'esm',
  target: ['chrome120', 'firefox121', 'safari17'],
  minify: true,
  sourcemap: 'linked',
  legalComments: 'eof',
  plugins: [noEncryption],
  define: { global: 'globalThis' },
  logLevel: 'warning',
});
