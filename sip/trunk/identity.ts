/** Who calls, as a trunk wants it said: From, P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Privacy. */
import { escapeUser, quote } from '../message/index.ts';
import { formatNumber, type NumberFormat } from './number-format.ts';
import { type TrunkSettings, trunkDomain } from './settings.ts';

/**
 * Templates. Each yields the user part of a SIP URI at the trunk's domain, or, when it holds a `:`, a whole URI.
 * Variables: `{number}` the caller's number as given, `{e164}` with `+`, `{digits}` without, `{national}` in the trunk's
 * national form, `{sipUser}` the user name of the trunk's credentials, `{domain}` the trunk's domain.
 * A template with a variable that has no value yields nothing, and its header is left out.
 */
export interface CallerIdSettings {
  /** The number presented when a call names none, or `anonymous`. */
  readonly default?: string;
  /** The display name presented when a call names none. */
  readonly defaultName?: string;
  readonly from: string;
  readonly assertedIdentity?: string;
  readonly preferredIdentity?: string;
  readonly remotePartyId?: string;
  /** Country code and prefixes for `{national}`. */
  readonly nationalFormat?: Pick<NumberFormat, 'countryCode' | 'nationalPrefix' | 'internationalPrefix'>;
  /** Sends display names; some providers refuse the call over one. Default true. */
  readonly sendName?: boolean;
}

export interface CallerIdentity {
  /** A user part, `anonymous` for a call without caller ID, undefined for the trunk's default. */
  readonly callerId?: string;
  readonly callerName?: string;
}

/** @returns the headers that say who calls; From has no tag yet */
export function identityHeaders(trunk: TrunkSettings, identity: CallerIdentity): Record<string, string> {
  const { callerId: rules } = trunk;
  const shown = identity.callerId ?? rules.default;
  const anonymous = shown === 'anonymous';
  const number = anonymous && rules.default !== 'anonymous' ? rules.default : anonymous ? undefined : shown;
  const name = rules.sendName === false ? undefined : (identity.callerName ?? rules.defaultName);
  const address = (template: string | undefined): string | undefined => {
    if (template === undefined) return undefined;
    const text = fill(template, trunk, number);
    if (text === undefined || text === '') return undefined;
    const uri = /^[a-z]+:/i.test(text) ? text : userUri(text, trunk);
    return name === undefined || anonymous ? `<${uri}>` : `${quote(printable(name))} <${uri}>`;
  };

  const from =
    address(rules.from) ??
    (trunk.credentials === undefined ? undefined : `<${userUri(trunk.credentials.username, trunk)}>`);
  const asserted = address(rules.assertedIdentity);
  const preferred = address(rules.preferredIdentity);
  const remoteParty = address(rules.remotePartyId);
  return {
    // RFC 3323 §4.1.1.3: the anonymous From. The number behind it stays in the identity headers, for the trunk alone.
    From: anonymous || from === undefined ? '"Anonymous" <sip:anonymous@anonymous.invalid>' : from,
    ...(asserted === undefined ? {} : { 'P-Asserted-Identity': asserted }),
    ...(preferred === undefined ? {} : { 'P-Preferred-Identity': preferred }),
    ...(remoteParty === undefined
      ? {}
      : { 'Remote-Party-ID': `${remoteParty};party=calling;privacy=${anonymous ? 'full' : 'off'};screen=no` }),
    // RFC 3323 §4.2, RFC 3325 §9.3: withhold the network-asserted identity.
    ...(anonymous ? { Privacy: 'id' } : {}),
  };
}

/** A URI of the trunk's domain. @param user plain text; it is escaped */
export function userUri(user: string, trunk: TrunkSettings): string {
  const host = trunkDomain(trunk);
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `sip:${escapeUser(user)}@${bracketed}${trunk.userPhone ? ';user=phone' : ''}`;
}

function fill(template: string, trunk: TrunkSettings, number: string | undefined): string | undefined {
  const digits = number === undefined ? undefined : /^\+?(\d+)$/.exec(number)?.[1];
  const values: Readonly<Record<string, string | undefined>> = {
    number,
    e164: digits === undefined ? undefined : `+${digits}`,
    digits: digits ?? number,
    national:
      digits === undefined
        ? number
        : formatNumber(`+${digits}`, { form: 'national', ...trunk.callerId.nationalFormat }),
    sipUser: trunk.credentials?.username,
    domain: trunkDomain(trunk),
  };
  let complete = true;
  const text = template.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) complete = false;
    return value ?? '';
  });
  return complete ? text : undefined;
}

/** A display name without control and direction characters, at most 80 characters: some gateways stumble over more. */
function printable(name: string): string {
  return [...name.replace(/[\p{Cc}\p{Cf}]/gu, '').trim()].slice(0, 80).join('');
}
