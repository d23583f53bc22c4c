/** A Matrix side that carries texts, with a listener that takes notes. */
import type {
  IncomingReaction,
  IncomingRedaction,
  IncomingText,
  MatrixUserId,
  RoomId,
  TextListener,
  TextRoom,
} from '../../../../src/matrix/index.ts';
import { openStore } from '../../../../src/store/index.ts';
import { FakeHomeserver } from '../support/fake-homeserver.ts';
import { ALICE, createWorld, GHOST, ROOM, state, type World, type WorldOptions } from '../support/side.ts';

export class Notes implements TextListener {
  readonly texts: { readonly text: IncomingText; readonly room: TextRoom }[] = [];
  readonly reactions: IncomingReaction[] = [];
  readonly redactions: IncomingRedaction[] = [];
  readonly came: string[] = [];
  readonly resent: string[] = [];
  onRead?: TextListener['onRead'];
  onNext: () => void | Promise<void> = () => {};

  async onText(text: IncomingText, room: TextRoom): Promise<void> {
    await this.onNext();
    this.texts.push({ text, room });
  }

  onReaction(reaction: IncomingReaction): void {
    this.reactions.push(reaction);
  }

  onRedaction(redaction: IncomingRedaction): void {
    this.redactions.push(redaction);
  }

  onJoined(roomId: RoomId, user: MatrixUserId): void {
    this.came.push(`joined ${roomId} ${user}`);
  }

  onDeclined(roomId: RoomId, user: MatrixUserId): void {
    this.came.push(`declined ${roomId} ${user}`);
  }

  onGhostLeft(roomId: RoomId, ghost: MatrixUserId): void {
    this.came.push(`left ${roomId} ${ghost}`);
  }

  async resend({ roomId }: { readonly roomId: RoomId }): Promise<number> {
    this.resent.push(roomId);
    return 2;
  }

  get bodies(): unknown[] {
    return this.texts.map(({ text: { content } }) => ('body' in content ? content.body : content));
  }
}

export interface TextWorld extends World {
  readonly notes: Notes;
}

/** @param ghosts those that are in the room with Alice */
export async function textWorld(ghosts: readonly string[] = [GHOST], options: WorldOptions = {}): Promise<TextWorld> {
  const store = options.store ?? (await openStore({ path: ':memory:' }));
  const others = ghosts.length;
  for (const [at, ghost] of ghosts.entries()) {
    const portal = { roomId: ROOM, ghost, userId: ALICE, userJoined: true, encrypted: false, others };
    await store.portals.save(portal, Date.now() + at);
  }
  const homeserver = (options.homeserver ?? new FakeHomeserver()).on(
    /room:hs.test\/state$/,
    state(ALICE, ...ghosts),
    1_000,
  );
  const notes = new Notes();
  const world = await createWorld({ texts: notes, ...options, homeserver, store });
  const close = async () => {
    await world.close();
    if (options.store === undefined) await store.close();
  };
  return { ...world, notes, close };
}
