/** Texts out and in: what carries them, what decides about them, and the service between. */
import type { Logger } from 'pino';
import type { Config } from '../../config/index.ts';
import type { TrunkCalls } from '../../sip/index.ts';
import { createInboundTextDecision, createTextDecision, INSIDE, type LineChoices } from '../account/index.ts';
import type { FraudLimits } from '../account/limits/index.ts';
import type { Rating } from '../account/rating/index.ts';
import {
  type AccountRules,
  type Accounts,
  inboundTextPolicy,
  numberPools,
  numberRules,
  outboundTextPolicy,
  sipTextTrunks,
  smppSettings,
  textParty,
  textRules,
} from '../gateway-settings/index.ts';
import { TextCounters } from '../gateway-status/index.ts';
import { createMediaLinks } from '../http/index.ts';
import type { MatrixSide } from '../matrix/index.ts';
import {
  type Clock,
  createInsideTransport,
  createMessageService,
  createSipTransports,
  type MediaLinks,
  type MessageService,
  type TextCharging,
  type TransportState,
} from '../message/index.ts';
import { displayName } from '../number/index.ts';
import { createSmppTransports } from '../smpp/index.ts';
import type { Store } from '../store/index.ts';

export interface TextParts {
  readonly config: Config;
  readonly accounts: Accounts;
  readonly account: AccountRules;
  readonly sip: Pick<TrunkCalls, 'texts' | 'trunks' | 'onTrunkChange'>;
  readonly matrix: Pick<MatrixSide, 'texts' | 'textRooms' | 'relaysIn'>;
  readonly store: Store;
  /** What users and rooms chose. */
  readonly choices: LineChoices;
  readonly charging: TextCharging;
  readonly rating: Rating;
  readonly limits: FraudLimits;
  /** Of the application service: links to media are made with it. */
  readonly asToken: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number for the log. */
  readonly showNumber: (number: string) => string;
}

export interface Texts {
  readonly service: MessageService;
  readonly counters: TextCounters;
  /** The trunks that carry texts, as they are now. */
  readonly trunks: () => readonly (TransportState & { readonly name: string })[];
}

/** Undefined where no trunk carries texts: then the gateway says so to those who write. */
export function createTexts(parts: TextParts): Texts | undefined {
  const { config, accounts, sip, matrix, store, clock, logger } = parts;
  const counters = new TextCounters();
  const overSip = createSipTransports({
    texts: sip.texts,
    trunks: sipTextTrunks(config),
    status: () => sip.trunks(),
    onTrunkChange: (run) => sip.onTrunkChange(run),
  });
  const overSmpp = createSmppTransports(smppSettings(config), {
    clock,
    logger,
    random: Math.random,
    memory: store.smppAnswers,
  });
  const carriers = [...overSip, ...overSmpp];
  if (carriers.length === 0) return undefined;
  const transports = [...carriers, createInsideTransport(INSIDE)].map((transport) => counters.counting(transport));
  const trunks = () => carriers.map((transport) => ({ ...transport.state(), name: transport.name }));
  const rules = textRules(config, accounts, parts.account);
  const service = createMessageService({
    transports,
    signalling: matrix.texts,
    rooms: matrix.textRooms,
    books: store,
    pools: numberPools(config),
    clock,
    logger,
    random: Math.random,
    showNumber: parts.showNumber,
    displayNumber: (number) => displayName(number, numberRules(config)),
    outbound: {
      decide: createTextDecision({
        rules,
        bindings: store.numberBindings,
        choices: parts.choices,
        trunks,
        random: Math.random,
        prices: parts.rating,
        guard: parts.limits,
        now: () => clock.now(),
        logger,
      }),
      policy: outboundTextPolicy(config),
      charging: parts.charging,
      ...mediaLinks(parts),
    },
    inbound: {
      decide: createInboundTextDecision(rules, () => clock.now()),
      partyOf: textParty,
      policy: inboundTextPolicy(config),
      relays: (roomId) => matrix.relaysIn(roomId),
    },
  });
  return { service, counters, trunks };
}

/** Undefined where the gateway is not reached by the web. */
function mediaLinks({ config: { texts }, store, clock, asToken }: TextParts): { readonly media?: MediaLinks } {
  const { url: baseUrl, hours, max_megabytes: maxMegabytes } = texts.media_links;
  if (baseUrl === undefined) return {};
  const media = createMediaLinks({
    book: store.mediaLinks,
    baseUrl,
    lifetimeMs: hours * 3_600_000,
    maxBytes: maxMegabytes * 1_000_000,
    secret: asToken,
    now: () => clock.now(),
  });
  return { media };
}
