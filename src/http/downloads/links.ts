/** Links by which somebody with a telephone downloads what a user sent them: made, and known again. */
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import type { MediaLink, MediaLinks } from '../../message/index.ts';

/** What a link leads to. */
export interface LinkedMedia {
  /** `mxc://server/id` */
  readonly mxc: string;
  readonly name: string;
  readonly mimeType?: string;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** Kept on the disk, by the hash of the token. */
export interface MediaLinkBook {
  /** @returns what is kept now: the one that was there before, unless it has expired */
  add(tokenHash: string, media: LinkedMedia, now: number): Promise<LinkedMedia>;
  find(tokenHash: string): Promise<LinkedMedia | undefined>;
  /** Forgets those that expired before. */
  prune(before: number): Promise<void>;
}

export interface MediaLinksOptions {
  readonly book: MediaLinkBook;
  /** How the gateway is reached by the web, without a slash at its end. */
  readonly baseUrl: string;
  readonly lifetimeMs: number;
  readonly maxBytes: number;
  /** Known to this gateway alone, and the same after a restart. */
  readonly secret: string;
  readonly now: () => number;
}

const MEGABYTE = 1_000_000;

/** The token is made of the event, so that one event has one link, and of a secret, so that nobody can guess it. */
export function createMediaLinks(options: MediaLinksOptions): MediaLinks {
  const { book, baseUrl, lifetimeMs, maxBytes, now } = options;
  const key = Buffer.from(hkdfSync('sha256', options.secret, '', 'trunkline: links to media', 32));
  return {
    async linkFor(media, { roomId, eventId }): Promise<MediaLink> {
      const { url: mxc, name, mimeType, bytes } = media;
      if (bytes !== undefined && bytes > maxBytes) {
        const words = `It was not sent: files of more than ${Math.floor(maxBytes / MEGABYTE)} MB do not go to telephones.`;
        return { kind: 'refused', words };
      }
      const token = createHmac('sha256', key)
        .update(JSON.stringify([roomId, eventId, mxc]))
        .digest('base64url');
      const linked = { mxc, name, ...(mimeType === undefined ? {} : { mimeType }), expiresAt: now() + lifetimeMs };
      const { expiresAt } = await book.add(hashOf(token), linked, now());
      return { kind: 'link', url: `${baseUrl}/m/${token}`, expiresAt };
    },
  };
}

/** As tokens are kept: who reads the database can follow no link. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
