/** What users can have done by writing to the gateway: who does it is passed in. */
import type { EventId, MatrixUserId, RoomId } from '../ids.ts';

/** What somebody wrote to the gateway. */
export interface Written {
  /** Without the mark of a command in front. */
  readonly text: string;
  readonly sender: MatrixUserId;
  readonly roomId: RoomId;
  /** The writer's own with the gateway, one with a telephone, or one of several people. */
  readonly place: 'phone-room' | 'chat' | 'room';
  /** Names it: a repeat of it does nothing twice. */
  readonly eventId: EventId;
  /** The file that it answers to; undefined where it answers to none. Rejects where that cannot be had. */
  readonly file?: () => Promise<AttachedFile | undefined>;
}

export interface AttachedFile {
  readonly name: string;
  /** UTF-8. */
  readonly text: string;
}

export interface ChatOperations {
  /** Whether the text begins with the name of one of them. */
  knows(text: string): boolean;
  /** Does it, and settles with what is answered; undefined: it is none of them. Rejects when the gateway is in trouble. */
  run(written: Written): Promise<string | undefined>;
  isAdministrator(user: MatrixUserId): boolean;
  /** A line for each thing that this user may do. */
  help(sender: MatrixUserId): readonly string[];
  /** The same with examples, of what the text begins with. */
  helpOf(text: string, sender: MatrixUserId): string | undefined;
}
