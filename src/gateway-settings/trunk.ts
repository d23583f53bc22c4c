/** A trunk in the words of `sip`. */
import { type CountryCode, getCountryCallingCode } from 'libphonenumber-js';
import type { Config, TrunkConfig } from '../../config/index.ts';
import type { DidSource, InboundSettings, RegistrationSettings, TextSettings, TrunkAccount } from '../../sip/index.ts';
import { type TrunkCredentials, type TrunkSettings, trunkSettings } from '../../sip/trunk/index.ts';
import type { ProviderError } from '../gateway-status/index.ts';
import { present } from './present.ts';

export const ANONYMOUS = 'anonymous';

/** All trunks, each with its extensions. */
export function trunksOf({ trunks, numbers, extensions }: Config): TrunkSettings[] {
  return trunks.map((trunk) => trunkOf(trunk, numbers.region, accountsOn(trunk.name, extensions)));
}

function accountsOn(trunk: string, extensions: Config['extensions']): TrunkAccount[] {
  return extensions
    .filter((each) => each.trunk === trunk)
    .map(({ extension, username = extension, auth_username, password = '', name, message_waiting }) => ({
      name: extension,
      username,
      password,
      messageWaiting: message_waiting,
      ...present({ authUsername: auth_username, displayName: name }),
    }));
}

/** @param region of the gateway: the trunk's country when it says none */
export function trunkOf(trunk: TrunkConfig, region: string, accounts: readonly TrunkAccount[] = []): TrunkSettings {
  const { identity, number_format: format, session_timers: timers } = trunk;
  const national = {
    countryCode: format.country_code ?? getCountryCallingCode(region as CountryCode),
    nationalPrefix: format.national_prefix,
    internationalPrefix: format.international_prefix,
  };
  return trunkSettings({
    name: trunk.name,
    host: trunk.host,
    backupHosts: trunk.backup_hosts,
    proxyRoute: trunk.proxy_route,
    transport: trunk.transport,
    udpOnly: trunk.udp_only,
    userPhone: trunk.user_phone,
    rel100: trunk.reliable_provisional,
    earlyMedia: trunk.early_media,
    maxRedirects: trunk.max_redirects,
    userAgent: trunk.user_agent,
    extraHeaders: Object.fromEntries(trunk.extra_headers.map(splitHeader)),
    ...present({
      port: trunk.port,
      domain: trunk.domain,
      outboundProxy: trunk.outbound_proxy,
      maxCalls: trunk.max_calls,
      callsPerSecond: trunk.calls_per_second,
      registration: registrationOf(trunk),
    }),
    ...credentialsOf(trunk),
    authNewCallId: trunk.auth_new_call_id,
    accounts,
    keepAliveS: trunk.keep_alive_s,
    diversion: trunk.diversion,
    callerId: {
      from: identity.from,
      sendName: identity.send_name,
      nationalFormat: national,
      ...present({
        default: trunk.caller_id === ANONYMOUS ? trunk.username : (trunk.caller_id ?? trunk.username),
        defaultName: trunk.caller_name,
        assertedIdentity: identity.asserted_identity,
        preferredIdentity: identity.preferred_identity,
        remotePartyId: identity.remote_party_id,
      }),
    },
    numberFormat: {
      form: format.form === 'as-dialled' ? 'as-is' : format.form,
      ...national,
      rewrite: format.rewrite,
      strip: format.strip,
      techPrefixSeparator: format.tech_prefix_separator,
      ...present({ prepend: format.prepend, techPrefix: format.tech_prefix }),
    },
    inbound: inboundSettings(trunk, national),
    texts: textSettings(trunk),
    sessionTimers: { offer: timers.offer, expiresS: timers.expires_s, minSeS: timers.min_s },
  });
}

function registrationOf({ register }: TrunkConfig): RegistrationSettings | undefined {
  const { enabled, registrar, port, expires_s, contact_user } = register;
  return enabled ? { expiresS: expires_s, ...present({ registrar, port, contactUser: contact_user }) } : undefined;
}

function inboundSettings(
  { inbound }: TrunkConfig,
  national: Pick<InboundSettings['numbers'], 'countryCode' | 'nationalPrefix' | 'internationalPrefix'>,
): InboundSettings {
  const { allow_from, did_from, caller_from, number_form, rewrite, trust_verstat, username, password } = inbound;
  return {
    allowFrom: allow_from,
    ...credentialsOf({ username, password }),
    didFrom: did_from as DidSource[],
    callerFrom: caller_from,
    numbers: { form: number_form, ...national, rewrite },
    trustVerstat: trust_verstat,
  };
}

function textSettings({ texts }: TrunkConfig): TextSettings {
  const { enabled, format, receipts, body, long, window } = texts;
  return {
    ...{ enabled, format, receipts, body, long, window, knowsRepeats: texts.knows_repeats },
    ...present({
      didFrom: texts.did_from as DidSource[] | undefined,
      serviceCentre: texts.service_centre,
      maxCharacters: texts.max_characters,
      maxBytes: texts.max_bytes,
      perSecond: texts.per_second,
    }),
  };
}

function credentialsOf({
  username,
  password,
  auth_username,
}: {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly auth_username?: string | undefined;
}): { readonly credentials?: TrunkCredentials } {
  return username === undefined || password === undefined
    ? {}
    : { credentials: { username, password, ...present({ authUsername: auth_username }) } };
}

function splitHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

/** What the codes of each trunk's provider mean. */
export function providerErrors({ trunks }: Config): (trunk: string) => readonly ProviderError[] {
  const byTrunk = new Map(
    trunks.map(({ name, provider_errors }) => [
      name,
      provider_errors.map(({ match, meaning }) => ({ match: new RegExp(match, 'u'), meaning })),
    ]),
  );
  return (trunk) => byTrunk.get(trunk) ?? [];
}
