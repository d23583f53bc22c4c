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
  const ownNumber = rules.default === 'anonymous' ? undefined : rules.default;
  const number = anonymous ? ownNumber : shown;
  const name = rules.sendName === false ? undefined : (identity.callerName ?? rules.defaultName);
  const address = (template: string | undefined): string | undefined => {
    const uri = template === undefined ? undefined : templateUri(template, trunk, number);
    if (uri === undefined) return undefined;
    return name === undefined || anonymous ? `<${uri}>` : `${quote(printable(name))} <${uri}>`;
  };

  const from =
    address(rules.from) ??
    (trunk.credentials === undefined ? undefined : `<${userUri(trunk.credentials.username, trunk)}>`);
  const asserted = address(rules.assertedIdentity);
  const preferred = address(rules.preferredIdentity);
  const remoteParty = address(rules.remotePartyId);
  return {
    From: anonymous ? anonymousFrom(rules.from, from) : (from ?? ANONYMOUS),
    ...(asserted === undefined ? {} : { 'P-Asserted-Identity': asserted }),
    ...(preferred === undefined ? {} : { 'P-Preferred-Identity': preferred }),
    ...(remoteParty === undefined
      ? {}
      : { 'Remote-Party-ID': `${remoteParty};party=calling;privacy=${anonymous ? 'full' : 'off'};screen=no` }),
    // RFC 3323 §4.2, RFC 3325 §9.3: withhold the network-asserted identity.
    ...(anonymous ? { Privacy: 'id' } : {}),
  };
}

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/**
 * RFC 3323 §4.1.1.3: the anonymous From; the number stays in the identity headers, for the trunk alone. A provider that wants
 * its account there instead of a number gets it in any case: it tells nobody who calls.
 */
function anonymousFrom(template: string, from: string | undefined): string {
  const hasNumber = /\{(?:number|e164|digits|national)\}/.test(template);
  return hasNumber || from === undefined ? ANONYMOUS : `"Anonymous" ${from}`;
}

/** A URI of the trunk's domain. @param user plain text; it is escaped */
export function userUri(user: string, trunk: TrunkSettings): string {
  const host = trunkDomain(trunk);
  const bracketed = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return `sip:${escapeUser(user)}@${bracketed}${trunk.userPhone ? ';user=phone' : ''}`;
}

/** The URI that a template makes; undefined when it needs what there is not. */
function templateUri(template: string, trunk: TrunkSettings, number: string | undefined): string | undefined {
  const text = fill(template, variables(trunk, number), isUri(template) ? escapeUser : (value) => value);
  if (text === undefined || text === '') return undefined;
  return isUri(template) ? text : userUri(text, trunk);
}

/** The administrator's template decides it; the caller's number does not become a URI by what is in it. */
function isUri(template: string): boolean {
  return /^[a-z]+:/i.test(template);
}

function variables(trunk: TrunkSettings, number: string | undefined): Readonly<Record<string, string | undefined>> {
  const digits = number === undefined ? undefined : /^\+?(\d+)$/.exec(number)?.[1];
  return {
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
}

function fill(
  template: string,
  values: Readonly<Record<string, string | undefined>>,
  escaped: (value: string) => string,
): string | undefined {
  let complete = true;
  const text = template.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) complete = false;
    return value === undefined ? '' : escaped(value);
  });
  return complete ? text : undefined;
}

/** A display name without control and direction characters, at most 80 characters: some gateways stumble over more. */
function printable(name: string): string {
  return [...name.replace(/[\p{Cc}\p{Cf}]/gu, '').trim()].slice(0, 80).join('');
}
