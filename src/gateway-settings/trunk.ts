/** A trunk in the words of `sip`. */
import { type CountryCode, getCountryCallingCode } from 'libphonenumber-js';
import type { TrunkConfig } from '../../config/index.ts';
import type { DidSource, InboundSettings } from '../../sip/index.ts';
import { type TrunkCredentials, type TrunkSettings, trunkSettings } from '../../sip/trunk/index.ts';
import { present } from './present.ts';

export const ANONYMOUS = 'anonymous';

export function trunkOf(trunk: TrunkConfig, region: string): TrunkSettings {
  const { identity, number_format: format, session_timers: timers } = trunk;
  const national = {
    countryCode: format.country_code ?? getCountryCallingCode(region as CountryCode),
    nationalPrefix: format.national_prefix,
    internationalPrefix: format.international_prefix,
  };
  return trunkSettings({
    name: trunk.name,
    host: trunk.host,
    transport: trunk.transport,
    udpOnly: trunk.udp_only,
    userPhone: trunk.user_phone,
    rel100: trunk.reliable_provisional,
    earlyMedia: trunk.early_media,
    maxRedirects: trunk.max_redirects,
    userAgent: trunk.user_agent,
    extraHeaders: Object.fromEntries(trunk.extra_headers.map(splitHeader)),
    ...present({ port: trunk.port, domain: trunk.domain, maxCalls: trunk.max_calls }),
    ...credentialsOf(trunk),
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
    sessionTimers: { offer: timers.offer, expiresS: timers.expires_s, minSeS: timers.min_s },
  });
}

function inboundSettings(
  { inbound, backup_hosts, register }: TrunkConfig,
  national: Pick<InboundSettings['numbers'], 'countryCode' | 'nationalPrefix' | 'internationalPrefix'>,
): InboundSettings {
  const { allow_from, did_from, caller_from, number_form, rewrite, trust_verstat, username, password } = inbound;
  const registrar = register.registrar === undefined ? [] : [register.registrar];
  return {
    allowFrom: [...allow_from, ...backup_hosts, ...registrar],
    ...credentialsOf({ username, password }),
    didFrom: did_from as DidSource[],
    callerFrom: caller_from,
    numbers: { form: number_form, ...national, rewrite },
    trustVerstat: trust_verstat,
  };
}

function credentialsOf({
  username,
  password,
}: {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}): { readonly credentials?: TrunkCredentials } {
  return username === undefined || password === undefined ? {} : { credentials: { username, password } };
}

function splitHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
