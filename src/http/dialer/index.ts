/**
 * The dialer: a page with which a Matrix user calls telephone numbers. `app/` is what runs in the browser (bundled by
 * `npm run build:dialer`), `public/` what is served, this file serves it.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FastifyPluginAsync } from 'fastify';

export interface DialerOptions {
  /** The homeserver's client-server API as browsers reach it; stands in the log-in form until the user writes another. */
  readonly homeserverUrl: string;
  /** Beginnings of the user IDs that are the gateway's: their invitations are accepted, so that their calls ring. */
  readonly gatewayUsers?: readonly string[];
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

const FILES = [
  'index.html',
  'dialer.css',
  'icon.svg',
  'dialer.webmanifest',
  'dialer.generated.js',
  'dialer.generated.js.map',
];

// Scripts and styles from here only; connections anywhere, because the user names the homeserver.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "manifest-src 'self'",
  "media-src 'self' blob: mediastream:",
  'connect-src http: https:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Reads a file to serve; undefined when it has not been built. */
async function readPublic(name: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path.join(import.meta.dirname, 'public', name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The routes of the dialer, as a Fastify plugin: `app.register(dialer({ homeserverUrl }), { prefix: '/dialer' })`.
 * Without the bundle the page says which command makes it; everything else of the gateway is not concerned.
 */
export function dialer(options: DialerOptions): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'permissions-policy': 'microphone=(self)',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache',
      });
    });

    app.get('/', async (request, reply) => {
      // The page's links are relative: without the slash they would miss the prefix.
      const [route = ''] = request.url.split('?');
      if (!route.endsWith('/')) return reply.redirect(`${app.prefix}/`, 308);
      const [page, bundle] = await Promise.all([readPublic('index.html'), readPublic('dialer.generated.js')]);
      if (page === undefined || bundle === undefined) {
        return reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send('The dialer has not been built: npm run build:dialer\n');
      }
      return reply.type('text/html; charset=utf-8').send(page);
    });

    app.get('/config.json', async () => ({
      homeserverUrl: options.homeserverUrl,
      gatewayUsers: options.gatewayUsers ?? [],
    }));

    for (const name of FILES) {
      app.get(`/${name}`, async (_request, reply) => {
        const content = await readPublic(name);
        if (content === undefined) return reply.code(404).type('text/plain; charset=utf-8').send('Not found\n');
        return reply.type(TYPES[path.extname(name)] ?? 'application/octet-stream').send(content);
      });
    }
  };
}
