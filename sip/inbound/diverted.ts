/** Who forwarded a call: Diversion (RFC 5806) and History-Info (RFC 7044). Pure. */
import type { Party } from '../leg.ts';
import { hasParam, param, type SipMessage, unescapeText } from '../message/index.ts';
import type { InboundSettings } from '../trunk/index.ts';
import { type Address, addresses } from './addresses.ts';
import { normaliseNumber, userOf } from './number.ts';
import { printable } from './party.ts';

const LONGEST = 80;

/** @returns who forwarded it, last first; the same one once */
export function divertedBy(message: SipMessage, settings: InboundSettings): Party[] {
  const diversions = addresses(message, 'diversion');
  // RFC 5806 §9: the topmost is the last one. RFC 7044 §5: entries are in the order of what happened.
  const found = diversions.length > 0 ? diversions : retargeted(addresses(message, 'history-info')).reverse();
  const parties: Party[] = [];
  for (const address of found) {
    const party = partyOf(address, settings);
    const known = parties.some((one) => one.number === party.number && one.withheld === party.withheld);
    if (!known && (party.number !== undefined || party.withheld)) parties.push(party);
  }
  return parties;
}

/**
 * The entries that were left for another target: those that a later one names as where it comes from by `mp`, or that carry
 * the Reason why they were left (RFC 7044 §10; RFC 4244 had only the latter).
 */
function retargeted(entries: readonly Address[]): Address[] {
  const left = new Set(entries.map(({ params }) => param(params, 'mp')).filter((index) => index !== undefined));
  return entries.filter((entry, index) => {
    if (index === entries.length - 1) return false;
    return left.has(param(entry.params, 'index') ?? '') || hasReason(entry);
  });
}

function hasReason({ uri }: Address): boolean {
  return uri.kind === 'sip' && headersOf(uri.headers).some(([name]) => name === 'reason');
}

function partyOf(address: Address, settings: InboundSettings): Party {
  if (isWithheld(address)) return { withheld: true };
  const user = userOf(address.uri);
  const number = user === undefined ? undefined : printable(normaliseNumber(user, settings.numbers), LONGEST);
  const name = printable(address.name ?? '', LONGEST);
  return {
    ...(number === undefined || number === '' ? {} : { number }),
    ...(name === '' || name === number ? {} : { name }),
    withheld: false,
  };
}

/** RFC 5806 §4: `privacy=full|uri|name`. RFC 7044 §10.1.1: `Privacy: history` inside the URI. */
function isWithheld({ uri, params }: Address): boolean {
  if (hasParam(params, 'privacy') && !/^off$/i.test(param(params, 'privacy') ?? '')) return true;
  if (uri.kind !== 'sip') return false;
  if (/(?:^|\.)anonymous\.invalid$/i.test(uri.host)) return true;
  return headersOf(uri.headers).some(([name, value]) => name === 'privacy' && !/^none$/i.test(value));
}

function headersOf(text: string | undefined): [string, string][] {
  return (text ?? '').split('&').map((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    return [unescapeText(name).toLowerCase(), equals < 0 ? '' : unescapeText(pair.slice(equals + 1))];
  });
}
