/** Texts: who may write to whom from which number, and what the administrator chose, in the words of `account` and `message`. */
import type { Config } from '../../config/index.ts';
import { matchPeople, type TextRules } from '../account/index.ts';
import {
  defaultInboundPolicy,
  defaultOutboundPolicy,
  type InboundPolicy,
  type NumberPool,
  type OutboundPolicy,
  type PartyOf,
  type SipTextTrunk,
} from '../message/index.ts';
import type { KeepTexts } from '../store/index.ts';
import type { AccountRules, Accounts } from './account.ts';
import { present } from './present.ts';

const HOUR_MS = 3_600_000;

type SipTrunk = Config['trunks'][number];

function textTrunks({ trunks }: Config): readonly SipTrunk[] {
  return trunks.filter(({ texts }) => texts.enabled);
}

/** @param account rules that texts share with calls */
export function textRules(config: Config, accounts: Accounts, account: AccountRules): TextRules {
  const { texts } = config;
  const { lines, mayText, numbersOf, preferencesOf, isMember } = accounts;
  const { outbound, inbound, routes } = account;
  return {
    serverName: config.homeserver.domain,
    mayText,
    mayBeTexted: inbound.mayBeCalled,
    destinations: outbound.destinations,
    numbersOf,
    trunks: [
      ...textTrunks(config).map(({ name, weight, number_format: { form } }) => ({
        name,
        weight,
        asDialled: form === 'as-dialled',
      })),
      ...config.smpp.map(({ name, weight }) => ({ name, weight, asDialled: false })),
    ],
    routes,
    lines,
    ...present({ preferencesOf }),
    inbound: inbound.rules,
    timeZone: inbound.timeZone,
    sharedSenders: texts.shared_senders.map(({ sender, users, trunks }) => ({
      sender,
      users: matchPeople(users, isMember),
      trunks,
    })),
    pools: texts.pools.map(({ name, numbers, users, trunks }) => ({
      name,
      numbers,
      users: matchPeople(users, isMember),
      trunks,
    })),
    blockedSenders: inbound.blockedCallers,
  };
}

export function outboundTextPolicy(config: Config): OutboundPolicy {
  const { texts } = config;
  const perSecond = textTrunks(config).flatMap(({ name, texts: { per_second: rate } }) =>
    rate === undefined ? [] : [[name, rate] as const],
  );
  const firstMs = texts.first_retry_s * 1000;
  return {
    ...defaultOutboundPolicy,
    longestWaitMs: texts.retry_for_h * HOUR_MS,
    retry: { firstMs, longestMs: Math.max(firstMs, defaultOutboundPolicy.retry.longestMs) },
    unknownOutcome: texts.repeat,
    costNoticeAbove: texts.notice_above_segments,
    mostSegments: texts.max_segments,
    edits: texts.edits === 'send' ? 'send' : 'ignore',
    notices: texts.notices,
    reactions: texts.reactions,
    media: texts.media_links.url === undefined ? 'refuse' : 'link',
    perUser: { perMinute: texts.per_minute, atOnce: texts.per_minute },
    perSecond: new Map(perSecond),
  };
}

export function inboundTextPolicy(config: Config): InboundPolicy {
  const { texts } = config;
  const windows = (secondsOf: (trunk: SipTrunk['texts']) => number) =>
    new Map(
      textTrunks(config)
        .map((trunk) => [trunk.name, secondsOf(trunk.texts) * 1000] as const)
        .filter(([, ms]) => ms > 0),
    );
  return {
    ...defaultInboundPolicy,
    perMinute: texts.inbound_per_minute,
    join: windows(({ join_parts_s: seconds }) => seconds),
    duplicates: windows(({ dup_window_s: seconds }) => seconds),
    optOut: { enabled: texts.opt_out, answers: texts.opt_out, ...present({ help: texts.help }) },
    relay: texts.group_relay,
  };
}

export function numberPools({ texts }: Config): readonly NumberPool[] {
  return texts.pools.map(({ name, numbers, rest_h: restH }) => ({ name, numbers, restMs: restH * HOUR_MS }));
}

/** Trunks that carry texts by SIP MESSAGE. */
export function sipTextTrunks(config: Config): readonly SipTextTrunk[] {
  return textTrunks(config).map(({ name, texts }) => ({
    name,
    knowsRepeats: texts.knows_repeats,
    tellsReceipts: texts.receipts && texts.format !== 'plain',
    window: texts.window,
  }));
}

/** The store's own; pools may let their numbers rest for longer. */
const LEASES_DAYS = 730;

/** How long texts that failed stay, and who had which number. */
export function keepTexts({ texts }: Config): Partial<KeepTexts> {
  const longestRestDays = Math.max(0, ...texts.pools.map(({ rest_h: restH }) => restH / 24));
  return {
    failedDays: texts.keep_failed_days,
    // A number that still rests must be known to be somebody's.
    ...(longestRestDays > LEASES_DAYS ? { leasesDays: longestRestDays } : {}),
  };
}

/** A sender as a ghost stands for it, whatever it is: letters, a short code, nothing at all. */
export const textParty: PartyOf = ({ sender, senderName, withheld, transport }) =>
  withheld || sender === ''
    ? { kind: 'withheld', trunk: transport }
    : { kind: 'known', dialled: sender, ...present({ name: senderName }) };
