/** `GET /m/<token>`: what a user sent to a telephone, from the homeserver's media repository. */
import { Readable, Transform } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { Limits } from './limits.ts';
import { hashOf, type LinkedMedia, type MediaLinkBook } from './links.ts';
import { type PageName, page } from './pages.ts';

export interface DownloadOptions {
  readonly book: Pick<MediaLinkBook, 'find'>;
  readonly homeserverUrl: string;
  /** The token of the application service. */
  readonly token: string;
  readonly maxBytes: number;
  readonly now: () => number;
  readonly logger: Logger;
  readonly fetch?: typeof fetch;
}

/** The homeserver may have to get it from another one first. */
const ANSWER_MS = 60_000;
const WHOLE_MS = 15 * 60_000;
const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const MXC = /^mxc:\/\/([A-Za-z0-9.:[\]-]+)\/([A-Za-z0-9_-]+)$/;
/** What may say what it is; everything else is octets. */
const HARMLESS = /^(?:image\/(?:jpeg|png|gif|webp|avif|heic)|(?:audio|video)\/[\w.+-]+|application\/pdf|text\/plain)$/;

export function downloadRoutes(options: DownloadOptions): FastifyPluginAsync {
  const { book, now, logger } = options;
  const limits = new Limits(now);
  return async (app) => {
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
        'x-robots-tag': 'noindex, nofollow, noarchive',
        'referrer-policy': 'no-referrer',
        'cache-control': 'private, no-store',
        'cross-origin-resource-policy': 'same-origin',
      });
    });

    app.get<{ Params: { token: string } }>('/m/:token', { exposeHeadRoute: false }, async (request, reply) => {
      const { token } = request.params;
      const hash = TOKEN.test(token) ? hashOf(token) : undefined;
      const media = hash === undefined ? undefined : await book.find(hash);
      if (hash === undefined || media === undefined) return answer(reply, 404, 'unknown');
      if (media.expiresAt <= now()) return answer(reply, 410, 'expired');
      const leave = limits.enter(hash);
      if (leave === undefined) return answer(reply.header('retry-after', '60'), 429, 'busy');
      reply.raw.once('close', leave);
      try {
        return await send(media, reply, options);
      } catch (error) {
        logger.warn({ err: error }, 'A file for a telephone could not be had from the homeserver');
        return answer(reply, 502, 'failed');
      }
    });
  };
}

async function send(media: LinkedMedia, reply: FastifyReply, options: DownloadOptions): Promise<FastifyReply> {
  const { maxBytes } = options;
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), WHOLE_MS);
  reply.raw.once('close', () => {
    clearTimeout(late);
    stop.abort();
  });
  const response = await download(media.mxc, options, stop);
  if (response.status === 404 || response.status === 410) return answer(reply, 404, 'gone');
  if (!response.ok || response.body === null) throw new Error(`the homeserver answered ${response.status}`);
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  if (length > maxBytes) {
    stop.abort();
    return answer(reply, 413, 'too-large');
  }
  if (Number.isSafeInteger(length) && response.headers.get('content-encoding') === null) {
    reply.header('content-length', length);
  }
  const octets = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  const limited = octets.compose(upTo(maxBytes)) as Readable;
  return reply.type(typeOf(media)).header('content-disposition', dispositionOf(media.name)).send(limited);
}

/** Matrix 1.11 §11.7.1.1: authenticated media; homeservers before it know the older address alone. */
async function download(mxc: string, options: DownloadOptions, stop: AbortController): Promise<Response> {
  const { homeserverUrl, token, fetch: get = fetch } = options;
  const [, server, id] = MXC.exec(mxc) ?? [];
  if (server === undefined || id === undefined) throw new Error('it is no mxc:// address');
  const file = `${encodeURIComponent(server)}/${encodeURIComponent(id)}`;
  const late = setTimeout(() => stop.abort(new Error('the homeserver did not answer')), ANSWER_MS);
  try {
    const ask = (path: string) =>
      get(`${homeserverUrl}${path}/${file}`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
    const response = await ask('/_matrix/client/v1/media/download');
    if (response.status !== 404 || !(await isUnknownRequest(response))) return response;
    return await ask('/_matrix/media/v3/download');
  } finally {
    clearTimeout(late);
  }
}

async function isUnknownRequest(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null && 'errcode' in body && body.errcode === 'M_UNRECOGNIZED';
}

/** Ends with an error when there is more. */
function upTo(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(new Error(`the file has more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

function typeOf({ mimeType }: LinkedMedia): string {
  const plain = mimeType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return HARMLESS.test(plain) ? plain : 'application/octet-stream';
}

/** RFC 6266: always to be saved, never shown as a page of ours. */
function dispositionOf(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const clean = name.replace(/[\x00-\x1f\x7f/\\]/g, '_').slice(0, 150) || 'file';
  const ascii = clean.replace(/[^\x20-\x7e]|["%]/g, '_');
  const whole = encodeURIComponent(clean.toWellFormed()).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${whole}`;
}

function answer(reply: FastifyReply, status: number, name: PageName): FastifyReply {
  return reply.code(status).type('text/html; charset=utf-8').send(page(name));
}
