/** What operations work on, from the configuration and the store: for the gateway, and for the command line beside it. */
import type { Logger } from 'pino';
import { type Config, revenueShareRanges } from '../../config/index.ts';
import type { TrunkCalls } from '../../sip/index.ts';
import type { IsMember, LineDirectory } from '../account/index.ts';
import { createFraudLimits, type FraudLimits } from '../account/limits/index.ts';
import { createRating, importDeck, type Rating } from '../account/rating/index.ts';
import { createActivityBook } from '../account/records/index.ts';
import type { CallService, Clock, Decide } from '../call/index.ts';
import { fraudRules, ledgerSettings, numberRules, numberRulesOf, ratingRules } from '../gateway-settings/index.ts';
import { CallRoomError, type MatrixSide, type MatrixUserId, type RoomId, type TextRoomFor } from '../matrix/index.ts';
import { displayName } from '../number/index.ts';
import { type Chat, type LiveParts, OperationError, type OperationParts } from '../operations/index.ts';
import type { Store } from '../store/index.ts';
import { readLines } from './lines.ts';
import type { Money } from './money.ts';

export interface OperationSources {
  readonly config: Config;
  readonly store: Store;
  /** Whether a user is in a room; where that is not known, nobody is. */
  readonly isMember: IsMember;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What a gateway that runs has in memory anyway; without it, it is read when it is asked for. */
  readonly running?: {
    readonly money: Pick<Money, 'ledger' | 'records' | 'rating' | 'limits'>;
    readonly directory: LineDirectory;
    readonly live: LiveParts;
  };
}

export function operationParts(sources: OperationSources): OperationParts {
  const { config, store, isMember, clock, running } = sources;
  // Whole: databases keep no fractions of a millisecond.
  const now = () => Math.floor(clock.now());
  const ledger = running?.money.ledger ?? store.ledger(ledgerSettings(config, isMember));
  const records = running?.money.records ?? store.records();
  const rating = running === undefined ? once(() => readRating(sources, now)) : async () => running.money.rating;
  const limits = running === undefined ? once(() => readLimits(sources)) : async () => running.money.limits;
  const directory =
    running === undefined
      ? once(() => readLines(config, store, isMember, clock.after, sources.logger))
      : async () => running.directory;
  const rules = numberRules(config);
  const rulesOf = numberRulesOf(config);
  return {
    now,
    ledger,
    records,
    rates: store.rates,
    importDeck: (file) => importDeck(store.rates, { ...file, currency: ledger.currency }),
    prices: rating,
    trips: store.trips,
    limits,
    lines: store.lines,
    lineBook: directory,
    preferences: store.preferences,
    choices: store.choices,
    names: {
      all: (owner) => store.petNames.all(owner as MatrixUserId),
      set: (owner, telephone, name) => store.petNames.set(owner as MatrixUserId, telephone, name),
    },
    trunks: [
      ...config.trunks.map(({ name }) => ({ name, carriesCalls: true })),
      ...config.smpp.map(({ name }) => ({ name, carriesCalls: false })),
    ],
    timeZone: config.inbound.time_zone,
    isMember,
    numbersOf: (user) => (user === undefined ? rules : rulesOf(user)),
    async changed(what) {
      if (what === 'rates') await (await rating()).refresh();
      else await (await directory()).refresh();
    },
    ...(running === undefined ? {} : { live: running.live }),
  };
}

/** Made when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function readRating({ config, store, logger }: OperationSources, now: () => number): Promise<Rating> {
  return createRating({ rules: ratingRules(config), book: store.rates, now, logger });
}

function readLimits({ config, store, isMember, logger }: OperationSources): Promise<FraudLimits> {
  const { currency } = store.ledger(ledgerSettings(config, isMember));
  return createFraudLimits({
    rules: fraudRules(config, isMember, revenueShareRanges(config.fraud.revenue_share_file)),
    currency,
    trips: store.trips,
    activity: createActivityBook(store.records()),
    numbersOf: numberRulesOf(config),
    // Nobody calls here.
    tell: async () => undefined,
    logger,
  });
}

export interface LiveSources {
  readonly config: Config;
  readonly sip: Pick<TrunkCalls, 'trunks' | 'registerNow'>;
  readonly calls: Pick<CallService, 'liveCalls' | 'end'>;
  readonly decide: Decide;
  readonly matrix: Pick<MatrixSide, 'textRooms' | 'sharedRooms' | 'writeText'>;
  readonly directory: LineDirectory;
  /** Whether a user may call telephones, or write to them. */
  readonly mayUse: (user: string) => boolean;
}

const MAKES_ROOM_FOR_MS = 30_000;
/** Nobody else calls, as far as the question goes. */
const NO_CALLS = { total: 0, ofCaller: 0, inRoom: 0 };

/** What only a gateway that runs can do, in the words of operations. */
export function liveParts(sources: LiveSources): LiveParts {
  const { config, sip, calls, decide, matrix, directory, mayUse } = sources;
  const rules = numberRules(config);
  const chatOf = (dialled: string, { roomId, presence }: TextRoomFor): Chat => ({
    roomId,
    link: `https://matrix.to/#/${roomId}?via=${config.homeserver.domain}`,
    name: displayName(dialled, rules),
    isJoined: presence === 'joined',
  });
  return {
    trunks: () => sip.trunks(),
    registerNow: (trunk) => sip.registerNow(trunk),
    calls: () => calls.liveCalls,
    endCall: (callRef) => calls.end(callRef, 'ended-by-administrator'),
    async tryCall(user, dialled, room) {
      const caller = user as MatrixUserId;
      const where = room === undefined ? {} : { roomId: room as RoomId };
      return decide({ callRef: 'test', caller, dialled, live: NO_CALLS, ...where });
    },
    async sharedRoom(room) {
      return matrix.sharedRooms.lineIn(room as RoomId);
    },
    showLine: (room, line) => matrix.sharedRooms.showLine(room as RoomId, line),
    async chatWith(user, dialled, line) {
      if (!mayUse(user))
        throw new OperationError(
          'forbidden',
          'You may not call or write to telephones here. Please ask the administrator.',
        );
      const shared = line === undefined ? undefined : directory.controlRoomOf(line);
      const target =
        line === undefined || shared === undefined
          ? ({ kind: 'user', user: user as MatrixUserId } as const)
          : ({ kind: 'line', line, room: shared as RoomId } as const);
      const party = { kind: 'known', dialled } as const;
      const signal = AbortSignal.timeout(MAKES_ROOM_FOR_MS);
      return chatOf(dialled, await inChat(() => matrix.textRooms.roomFor(target, party, signal)));
    },
    async sendText(user, dialled, text, key) {
      const written = { user: user as MatrixUserId, dialled, text };
      const chat = await inChat(() => matrix.writeText(written, `operation:${key}`));
      if (chat === undefined) {
        throw new OperationError('forbidden', 'This user may not write to telephones here, or nothing carries texts.');
      }
      return chatOf(dialled, chat);
    },
  };
}

/** @throws OperationError where there can be no chat now */
async function inChat<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CallRoomError)) throw error;
    const words = 'The chat with this number could not be made just now. Please try again.';
    throw new OperationError('unavailable', words, { cause: error });
  }
}
