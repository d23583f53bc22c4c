/** Who calls, as a trunk says it: P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, From (RFC 3325, RFC 3323). Pure. */
import type { Party } from '../leg.ts';
import { headerLines, param, type SipMessage, type Uri } from '../message/index.ts';
import type { CallerSource, InboundSettings } from '../trunk/index.ts';
import { type Address, addresses } from './addresses.ts';
import { normaliseNumber, userOf } from './number.ts';

const LONGEST_NAME = 80;

/**
 * The caller of an INVITE.
 * @returns a party without number and name when the trunk names nobody
 */
export function callerOf(message: SipMessage, settings: InboundSettings): Party {
  return namedIn(message, settings, settings.callerFrom) ?? { withheld: true };
}

/**
 * Who the far side of a call is from now on, when a message inside the call says so. From does not count: it belongs to the
 * dialog and stays (RFC 3261 §12.2.1.1).
 */
export function changedPartyOf(message: SipMessage, settings: InboundSettings): Party | undefined {
  return namedIn(
    message,
    settings,
    settings.callerFrom.filter((source) => source !== 'from'),
  );
}

function namedIn(message: SipMessage, settings: InboundSettings, sources: readonly CallerSource[]): Party | undefined {
  for (const source of sources) {
    const [address, ...more] = ofCaller(addresses(message, source), source);
    if (address === undefined || userOf(address.uri) === undefined) continue;
    // A tel: URI may stand beside the sip: URI (RFC 3325 §9.1): the verdict may be in either.
    return partyOf([address, ...more], settings, isPrivate(message, sources) || isAnonymous(address.uri));
  }
  return undefined;
}

/** RFC 3323 §4.2: `none` asks for no privacy; anything else in it does. An anonymous From or RPID asks for it, too. */
function isPrivate(message: SipMessage, sources: readonly CallerSource[]): boolean {
  const values = headerLines(message, 'privacy').flatMap((line) => line.toLowerCase().split(/[\s;,]+/));
  if (values.some((value) => value === 'id' || value === 'user' || value === 'header')) return true;
  if (ofCaller(addresses(message, 'remote-party-id'), 'remote-party-id').some(wantsPrivacy)) return true;
  return sources.includes('from') && addresses(message, 'from').some(({ uri }) => isAnonymous(uri));
}

/** draft-ietf-sip-privacy-04 §5: `privacy=full`, `uri` and `name`, alone or with more behind a dash. */
function wantsPrivacy({ params }: Address): boolean {
  return /^(?:full|uri|name)\b/i.test(param(params, 'privacy') ?? '');
}

/** RFC 3323 §4.1.1.3; some write `restricted`, `unavailable` and the like. */
function isAnonymous(uri: Uri): boolean {
  if (uri.kind !== 'sip') return false;
  const user = userOf(uri)?.toLowerCase() ?? '';
  return (
    /^(?:anonymous|restricted|unavailable|unknown|withheld|private)$/.test(user) ||
    /^anonymous\.invalid$/i.test(uri.host)
  );
}

/** Remote-Party-ID may name the called party as well (`party=called`). */
function ofCaller(found: readonly Address[], source: CallerSource): readonly Address[] {
  if (source !== 'remote-party-id') return found;
  return found.filter(({ params }) => (param(params, 'party') ?? 'calling').toLowerCase() === 'calling');
}

function partyOf(found: readonly Address[], settings: InboundSettings, withheld: boolean): Party {
  const verification = settings.trustVerstat ? verdict(found) : undefined;
  const said = verification === undefined ? {} : { verification };
  if (withheld) return { withheld: true, ...said };
  const [first] = found;
  const user = first === undefined ? undefined : userOf(first.uri);
  const number = user === undefined ? undefined : normaliseNumber(user, settings.numbers);
  const name = displayName(found.find((one) => one.name !== undefined)?.name, [user, number]);
  return {
    ...(number === undefined ? {} : { number: printable(number, LONGEST_NAME) }),
    ...(name === undefined ? {} : { name }),
    withheld: false,
    ...said,
  };
}

/** A name that only repeats the number says nothing. */
function displayName(text: string | undefined, numbers: readonly (string | undefined)[]): string | undefined {
  const name = printable(text ?? '', LONGEST_NAME);
  const digits = (value: string) => value.replace(/^\+|[-.() ]/g, '');
  return name === '' || numbers.some((number) => number !== undefined && digits(number) === digits(name))
    ? undefined
    : name;
}

/** Text of a stranger for people to read: no control, direction or private characters, no lone surrogates, blanks single. */
export function printable(text: string, longest: number): string {
  const clean = text
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\uFFFD]+/gu, ' ')
    // Marks piled on one letter reach over the lines around it.
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
    .replace(/\s+/gu, ' ')
    .trim();
  return [...clean].slice(0, longest).join('').trim();
}

/** `verstat` (RFC 8588 §4, 3GPP TS 24.229 §7.2A.20), with the level that some append (`TN-Validation-Passed-A`). */
function verdict(found: readonly Address[]): NonNullable<Party['verification']> {
  for (const { uri, params } of found) {
    const inUri = uri.kind === 'other' ? undefined : param(uri.params, 'verstat');
    const inUser = uri.kind === 'sip' ? /;verstat=([^;]+)/i.exec(uri.user ?? '')?.[1] : undefined;
    const value = (inUri ?? inUser ?? param(params, 'verstat') ?? '').toLowerCase();
    if (value.startsWith('tn-validation-passed')) return 'passed';
    if (value.startsWith('tn-validation-failed')) return 'failed';
  }
  return 'none';
}
