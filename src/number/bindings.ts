/** What a dialled string meant the first time its user dialled it: the memory that brings both forms into one room. */
import type { E164 } from './e164.ts';

/** One user's meaning of one dialled string. */
export interface NumberBinding {
  /** Matrix user ID of the person who dialled. */
  readonly user: string;
  /** The string as it was dialled (the ghost stands for it), `030 1234567`. */
  readonly literal: string;
  /** What it means for this user: the same literal of a user in another country is another number. */
  readonly e164: E164;
}

/**
 * Remembers bindings. (user, literal) is unique; the first one stays, so that a later change of the user's region does
 * not move a conversation to another number. Implemented by the store.
 */
export interface NumberBindings {
  /** The number that this user's literal is bound to. */
  find(user: string, literal: string): Promise<E164 | undefined>;
  /** The literals of this user that mean this number, oldest first: an inbound call goes to the first one's room. */
  literalsOf(user: string, e164: E164): Promise<readonly string[]>;
  /** Binds unless bound already; settles with the binding that counts, durable. */
  bind(binding: NumberBinding): Promise<E164>;
}
