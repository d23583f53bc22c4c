/** Links to media that telephones were given. A token is kept as its hash: whoever reads the database can follow none of them. */
import type { Kysely } from 'kysely';
import type { LinkedMedia, MediaLinkBook } from '../http/index.ts';
import type { Schema } from './schema.ts';

export interface MediaLinksTable {
  token_hash: string;
  mxc: string;
  name: string;
  mime_type: string | null;
  expires_at: number;
}

export class MediaLinkRows implements MediaLinkBook {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async add(tokenHash: string, media: LinkedMedia, now: number): Promise<LinkedMedia> {
    await this.#db
      .insertInto('media_links')
      .values({
        token_hash: tokenHash,
        mxc: media.mxc,
        name: media.name,
        mime_type: media.mimeType ?? null,
        expires_at: Math.floor(media.expiresAt),
      })
      .onConflict((c) =>
        c
          .column('token_hash')
          .doUpdateSet({ expires_at: Math.floor(media.expiresAt) })
          .where('media_links.expires_at', '<=', Math.floor(now)),
      )
      .execute();
    return (await this.find(tokenHash)) ?? media;
  }

  async find(tokenHash: string): Promise<LinkedMedia | undefined> {
    const row = await this.#db
      .selectFrom('media_links')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { mxc, name, mime_type: mimeType, expires_at: expiresAt } = row;
    return { mxc, name, ...(mimeType === null ? {} : { mimeType }), expiresAt: Number(expiresAt) };
  }

  async prune(before: number): Promise<void> {
    await this.#db.deleteFrom('media_links').where('expires_at', '<', Math.floor(before)).execute();
  }
}
