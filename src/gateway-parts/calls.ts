/** Calls: what decides about them, what keeps their books, and the service that makes them. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import type { MediaEngine } from '../../media/index.ts';
import type { TrunkCalls } from '../../sip/index.ts';
import { createInboundDecision, createOutboundDecision, type LineChoices, mayBeSentOn } from '../account/index.ts';
import {
  type CallRecord,
  type CallService,
  type Clock,
  createCallService,
  type Decide,
  namingBy,
} from '../call/index.ts';
import { type AccountRules, ghostFormat, numberRules, providerErrors } from '../gateway-settings/index.ts';
import { CallCounters, createMissedTeller, createProviderErrorTeller } from '../gateway-status/index.ts';
import type { MatrixListener, MatrixSide } from '../matrix/index.ts';
import { decodeGhostId, displayName } from '../number/index.ts';
import type { Store } from '../store/index.ts';
import type { Money } from './money.ts';

export interface CallParts {
  readonly config: Config;
  readonly account: AccountRules;
  readonly sip: TrunkCalls;
  readonly media: MediaEngine;
  readonly matrix: Pick<MatrixSide, 'signalling' | 'callRooms' | 'notices' | 'administrators' | 'tellUser'>;
  readonly store: Store;
  /** What users and rooms chose. */
  readonly choices: LineChoices;
  readonly money: Money;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number for the log. */
  readonly showNumber: (number: string) => string;
}

export interface Calls {
  readonly service: CallService;
  readonly counters: CallCounters;
  readonly decide: Decide;
  readonly listener: Pick<MatrixListener, 'onCallEvent' | 'onRoomClosed' | 'onSentAway'>;
}

export function createCalls(parts: CallParts): Calls {
  const { config, account, sip, media, matrix, store, money, clock, logger, showNumber } = parts;
  const now = () => clock.now();
  const inbound = createInboundDecision({ rules: account.inbound, now });
  const decide = createOutboundDecision({
    rules: account.outbound,
    bindings: store.numberBindings,
    choices: parts.choices,
    trunks: () => sip.trunks(),
    own: inbound.own,
    random: Math.random,
    prices: money.rating,
    guard: money.limits,
    now,
    logger,
  });
  const counters = new CallCounters();
  const tellProviderErrors = createProviderErrorTeller({
    errorsOf: providerErrors(config),
    administrators: matrix.administrators,
    logger,
    now,
  });
  const tellRefused = (record: CallRecord): void => {
    if (record.direction !== 'out' || record.attempts.length > 0) return;
    const { callRef, caller: user, dialled, outcome } = record;
    money.limits.refused({ user, callRef, dialled, ...outcome }, now()).catch((error: unknown) => {
      logger.error({ callRef, err: error }, 'a limit that was reached could not be noted');
    });
  };
  const missed = createMissedTeller(matrix);
  const rules = numberRules(config);
  const service = createCallService({
    sip,
    media,
    signalling: matrix.signalling,
    journal: store.liveCalls,
    decide,
    accounting: money.accounting,
    inbound: {
      decide: missed.watching(inbound.decide),
      rooms: matrix.callRooms,
      mayNotify: async (user, kind) => user === undefined || (await matrix.notices.mayNotify(user, kind)),
    },
    naming: namingBy((number) => displayName(number, rules)),
    mayBeSentOn: (caller, target, route) =>
      mayBeSentOn(caller, target, { ...account.outbound, prices: money.rating, guard: money.limits, now }, route),
    dialledBy: (user) => decodeGhostId(user, ghostFormat(config))?.dialled,
    onCallFinished: (record) => {
      counters.count(record);
      void missed.finished(record);
      tellRefused(record);
      tellProviderErrors(record);
    },
    clock,
    logger,
    showNumber,
  });
  return {
    service,
    counters,
    decide,
    listener: {
      onCallEvent: (event, room) => service.handle(event, room),
      onRoomClosed: (roomId) => service.roomClosed(roomId),
      onSentAway(roomId, user) {
        for (const call of service.liveCalls) {
          if (call.roomId === roomId && call.user === user) service.end(call.callRef, 'room-left');
        }
      },
    },
  };
}
