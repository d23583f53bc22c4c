/** Ghosts: the Matrix users that stand for numbers. They come into being when somebody first asks for them. */
import type { Logger } from 'pino';
import { Lru } from '../../lru.ts';
import { decodeGhostId, encodeGhostId, type GhostAddress, type GhostIdFormat } from '../../number/ghost-id.ts';
import { harmlessName } from '../../room/index.ts';
import type { Store } from '../../store/index.ts';
import { HomeserverError, isRefusal } from '../client/errors.ts';
import type { Homeserver } from '../client/homeserver.ts';
import type { Liveness } from '../client/liveness.ts';
import { retrying } from '../client/retry.ts';
import type { Clock } from '../clock.ts';
import type { MatrixUserId } from '../ids.ts';
import { oneLine } from '../sanitise.ts';
import type { Numbers } from '../settings.ts';
import { isSenderText, senderName, senderText } from './senders.ts';
import { isWithheldText, WITHHELD_NAME, withheldText } from './withheld.ts';

const REMEMBERED = 20_000;
const MAX_DISPLAY_NAME = 200;

export interface GhostsParts {
  readonly homeserver: Homeserver;
  readonly store: Pick<Store, 'ghosts'>;
  readonly numbers: Numbers;
  readonly format: GhostIdFormat;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  readonly liveness?: Liveness;
  /** The homeserver knew the ghost, the store did not: the store is new, and the ghost may be in rooms. */
  readonly onForgotten?: (ghost: MatrixUserId) => void;
}

export class Ghosts {
  readonly #parts: GhostsParts;
  /** Ghosts that are registered, with the display name that they have. */
  readonly #ready = new Lru<MatrixUserId, string>(REMEMBERED);
  readonly #underWay = new Map<MatrixUserId, Promise<void>>();

  constructor(parts: GhostsParts) {
    this.#parts = parts;
  }

  /** The ghost for a dialled text; undefined when the text cannot be dialled or does not fit into an ID. */
  forDialled(dialled: string): MatrixUserId | undefined {
    return this.#isNumber(dialled) ? encodeGhostId(dialled, this.#parts.format) : undefined;
  }

  /** The ghost for a sender that is no number; undefined when nothing of it can be shown. */
  forSender(sender: string): MatrixUserId | undefined {
    const text = senderText(sender);
    return text === undefined ? undefined : encodeGhostId(text, this.#parts.format);
  }

  /** The ghost for all callers of a trunk who withheld their number; undefined when the trunk's name is too long for an ID. */
  forWithheld(trunk: string): MatrixUserId | undefined {
    return encodeGhostId(withheldText(trunk), this.#parts.format);
  }

  isWithheld(ghost: string): boolean {
    return isWithheldText(this.address(ghost)?.dialled ?? '');
  }

  /** Nobody can be called or written to there: callers who withheld their number, senders that are none. */
  isUnreachable(ghost: string): boolean {
    const dialled = this.address(ghost)?.dialled ?? '';
    return isWithheldText(dialled) || isSenderText(dialled);
  }

  /** What the ghost stands for; undefined for everyone who is no ghost of this gateway. */
  address(userId: string): GhostAddress | undefined {
    return decodeGhostId(userId, this.#parts.format);
  }

  /** Like `address`, and what it stands for can be dialled. */
  dialable(userId: string): GhostAddress | undefined {
    const address = this.address(userId);
    return address !== undefined && this.#isNumber(address.dialled) ? address : undefined;
  }

  /** Like `address`, and a text can be meant for it; whether it can be sent is another question. */
  writable(userId: string): GhostAddress | undefined {
    const address = this.address(userId);
    return address === undefined || this.isUnreachable(userId) ? undefined : address;
  }

  #isNumber(dialled: string): boolean {
    return !isWithheldText(dialled) && !isSenderText(dialled) && this.#parts.numbers.isDialable(dialled);
  }

  /** Whether `ensure` would have nothing to do, as far as is known without asking. */
  isReady(ghost: MatrixUserId): boolean {
    return this.#ready.get(ghost) !== undefined;
  }

  /**
   * Sees to it that the ghost is registered and has its display name. Idempotent, one at a time for each ghost.
   * Rejects with HomeserverError when it cannot be registered; a display name that cannot be set is only logged.
   * @param giveUpAfterMs how long to try again when the homeserver is away
   */
  ensure(ghost: MatrixUserId, giveUpAfterMs = 0): Promise<void> {
    const displayName = this.#displayName(ghost);
    if (this.#ready.get(ghost) === displayName) return Promise.resolve();
    const already = this.#underWay.get(ghost);
    if (already !== undefined) return already;
    const made = this.#make(ghost, displayName, giveUpAfterMs).finally(() => this.#underWay.delete(ghost));
    this.#underWay.set(ghost, made);
    return made;
  }

  /** The homeserver says that it does not know the ghost: next time it is registered anew. */
  async forget(ghost: MatrixUserId): Promise<void> {
    this.#ready.delete(ghost);
    await this.#parts.store.ghosts.forget(ghost);
  }

  /** A caller's number as people write it; of what is no number what is harmless of it. */
  callerNumber(dialled: string): string {
    if (this.forDialled(dialled) === undefined) return harmlessName(dialled) ?? WITHHELD_NAME;
    return oneLine(this.#parts.numbers.displayName(dialled), MAX_DISPLAY_NAME) || dialled;
  }

  displayName(ghost: MatrixUserId): string {
    return this.#displayName(ghost);
  }

  #displayName(ghost: MatrixUserId): string {
    const dialled = this.address(ghost)?.dialled ?? ghost;
    if (isWithheldText(dialled)) return WITHHELD_NAME;
    if (isSenderText(dialled)) return senderName(dialled);
    return oneLine(this.#parts.numbers.displayName(dialled), MAX_DISPLAY_NAME) || dialled;
  }

  async #make(ghost: MatrixUserId, displayName: string, giveUpAfterMs: number): Promise<void> {
    const { store, clock, logger, signal, liveness } = this.#parts;
    const known = await store.ghosts.find(ghost);
    if (known?.displayName !== displayName) {
      const again = {
        clock,
        logger,
        giveUpAfterMs,
        ...(signal === undefined ? {} : { signal }),
        ...(liveness === undefined ? {} : { liveness }),
      };
      if (known === undefined) await retrying(() => this.#register(ghost), again);
      const named = await this.#name(ghost, displayName);
      await store.ghosts.save(named ? { userId: ghost, displayName } : { userId: ghost }, clock.now());
    }
    this.#ready.set(ghost, displayName);
  }

  /** The gateway's own user; some homeservers refuse to act for it until it is registered. Its name is given it once. */
  async registerBot(localpart: string, displayName: string): Promise<void> {
    const bot = `@${localpart}:${this.#parts.format.serverName}` as MatrixUserId;
    await this.#registerUser(localpart);
    const known = await this.#parts.store.ghosts.find(bot);
    if (known?.displayName === displayName || !(await this.#name(bot, displayName))) return;
    await this.#parts.store.ghosts.save({ userId: bot, displayName }, this.#parts.clock.now());
  }

  async #register(ghost: MatrixUserId): Promise<void> {
    const username = ghost.slice(1, ghost.length - this.#parts.format.serverName.length - 1);
    const isNew = await this.#registerUser(username);
    if (isNew) this.#parts.logger.debug({ ghost }, 'ghost registered');
    else this.#parts.onForgotten?.(ghost);
  }

  /** `false` when the homeserver has the user already. */
  async #registerUser(username: string): Promise<boolean> {
    // `type` is mandatory, `inhibit_login` is where devices are managed otherwise (MSC4190).
    const body = { type: 'm.login.application_service', username, inhibit_login: true };
    const path = '/_matrix/client/v3/register';
    try {
      await this.#parts.homeserver.request({ method: 'POST', path, body, action: 'register a ghost' });
      return true;
    } catch (error) {
      if (!isRefusal(error, 'M_USER_IN_USE')) throw error;
      return false;
    }
  }

  async #name(ghost: MatrixUserId, displayName: string): Promise<boolean> {
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(ghost)}/displayname`;
    const body = { displayname: displayName };
    try {
      await this.#parts.homeserver.request({ method: 'PUT', path, as: ghost, body, action: 'name a ghost' });
      return true;
    } catch (error) {
      if (!(error instanceof HomeserverError)) throw error;
      this.#parts.logger.warn({ ghost }, error.message);
      return false;
    }
  }
}
