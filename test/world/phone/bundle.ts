/** The page of `page.js` with matrix-js-sdk in it, served to the browser from loopback (a secure context). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Its encryption is loaded only when asked for. */
const noEncryption: Plugin = {
  name: 'no-encryption',
  setup(bundle) {
    const filter = /^@matrix-org\/matrix-sdk-crypto-wasm$/;
    bundle.onResolve({ filter }, () => ({ path: 'none', namespace: 'no-encryption' }));
    bundle.onLoad({ filter: /.*/, namespace: 'no-encryption' }, () => ({ contents: 'module.exports = {};' }));
  },
};

export interface PhonePage {
  readonly url: string;
  close(): Promise<void>;
}

export async function servePhonePage(): Promise<PhonePage> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'page.js')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'chrome120',
    plugins: [noEncryption],
    define: { global: 'globalThis' },
    logLevel: 'error',
  });
  const script = outputFiles[0]?.contents ?? new Uint8Array();
  const server = createServer((request, response) => {
    const isScript = request.url === '/phone.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<!doctype html><title>phone</title><script type="module" src="/phone.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
