/** Lines that were given to somebody while the gateway runs. */
import type { Kysely, Selectable, Transaction } from 'kysely';
import {
  isExtension,
  LINES_AREA,
  type LineName,
  type LineOwner,
  type LineRegistry,
  type LinkedLine,
} from '../../account/index.ts';
import type { MatrixUserId, RoomId } from '../../matrix/index.ts';
import type { Schema } from '../schema.ts';
import { bumpVersion } from '../versions.ts';

export interface LinkedLinesTable {
  number: string;
  /** The trunk of an extension; '' for a number of the public network. */
  extension_of: string;
  trunk: string | null;
  /** A user's ID, or a room's. */
  owner: string;
  name: string | null;
  linked_at: number;
  linked_by: string;
}

export class LinkedLines implements LineRegistry {
  readonly #db: Kysely<Schema>;
  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  async all(): Promise<readonly LinkedLine[]> {
    const rows = await this.#db
      .selectFrom('linked_lines')
      .selectAll()
      .orderBy('linked_at')
      .orderBy('number')
      .orderBy('extension_of')
      .execute();
    return rows.map(linked);
  }

  find(line: LineName): Promise<LinkedLine | undefined> {
    return find(this.#db, line);
  }

  link(line: LinkedLine): Promise<LinkedLine | undefined> {
    return this.#db.transaction().execute(async (db) => {
      const before = await find(db, line);
      const facts = {
        trunk: line.trunk ?? null,
        owner: line.owner.kind === 'user' ? line.owner.user : line.owner.room,
        name: line.name ?? null,
      };
      const isSame =
        before !== undefined &&
        ownerText(before.owner) === facts.owner &&
        (before.trunk ?? null) === facts.trunk &&
        (before.name ?? null) === facts.name;
      if (isSame) return before;
      const when = { linked_at: Math.floor(line.linkedAt), linked_by: line.linkedBy };
      await db
        .insertInto('linked_lines')
        .values({ ...keyOf(line), ...facts, ...when })
        .onConflict((c) => c.columns(['number', 'extension_of']).doUpdateSet({ ...facts, ...when }))
        .execute();
      await bumpVersion(db, LINES_AREA);
      return before;
    });
  }

  unlink(line: LineName): Promise<LinkedLine | undefined> {
    return this.#db.transaction().execute(async (db) => {
      const before = await find(db, line);
      if (before === undefined) return undefined;
      const { number, extension_of } = keyOf(line);
      await db
        .deleteFrom('linked_lines')
        .where('number', '=', number)
        .where('extension_of', '=', extension_of)
        .execute();
      await bumpVersion(db, LINES_AREA);
      return before;
    });
  }
}

async function find(db: Kysely<Schema> | Transaction<Schema>, line: LineName): Promise<LinkedLine | undefined> {
  const { number, extension_of } = keyOf(line);
  const row = await db
    .selectFrom('linked_lines')
    .selectAll()
    .where('number', '=', number)
    .where('extension_of', '=', extension_of)
    .executeTakeFirst();
  return row && linked(row);
}

/** A number is one line whatever its trunk; an extension is another one on each PBX. */
function keyOf(line: LineName) {
  return { number: line.number, extension_of: isExtension(line) ? (line.trunk ?? '') : '' };
}

function ownerText(owner: LineOwner): string {
  return owner.kind === 'user' ? owner.user : owner.room;
}

function linked(row: Selectable<LinkedLinesTable>): LinkedLine {
  return {
    number: row.number,
    owner: row.owner.startsWith('!')
      ? { kind: 'room', room: row.owner as RoomId }
      : { kind: 'user', user: row.owner as MatrixUserId },
    ...(row.trunk === null ? {} : { trunk: row.trunk }),
    ...(row.name === null ? {} : { name: row.name }),
    linkedAt: Number(row.linked_at),
    linkedBy: row.linked_by,
  };
}
