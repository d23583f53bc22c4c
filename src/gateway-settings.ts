/** The other half of the composition root: the configuration in the words of each part. Pure, apart from reading files. */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { type CountryCode, getCountryCallingCode } from 'libphonenumber-js';
import type { Config, Registration, TrunkConfig } from '../config/index.ts';
import type { EmbeddedMediaSettings } from '../media/index.ts';
import type { EmbeddedSipSettings, ListenerSettings, TlsSettings } from '../sip/server/index.ts';
import { type TrunkSettings, trunkSettings } from '../sip/trunk/index.ts';
import { type CallRules, matchUsers, type TrunkRules } from './call/index.ts';
import type { MatrixSettings } from './matrix/index.ts';
import { compileDialPlan, type NumberRules } from './number/index.ts';

export function matrixSettings(config: Config, registration: Registration): MatrixSettings {
  const { homeserver, appservice, ghosts, limits } = config;
  return {
    homeserverUrl: homeserver.url,
    serverName: homeserver.domain,
    appserviceId: registration.id,
    appserviceUrl: appservice.url,
    senderLocalpart: registration.senderLocalpart,
    asToken: registration.asToken,
    hsToken: registration.hsToken,
    ghostPrefix: ghosts.prefix,
    gatewayHost: ghosts.gateway_host,
    ghostEscape: ghosts.escape,
    registrationsPerSecond: ghosts.registrations_per_second,
    bodyLimitBytes: limits.request_bytes,
  };
}

export function numberRules({ numbers }: Config): NumberRules {
  return { region: numbers.region, dialPlan: compileDialPlan(numbers.dial_plan) };
}

export function callRules(config: Config, trunk: TrunkConfig): CallRules {
  const { homeserver, permissions, limits, media } = config;
  const numbers = numberRules(config);
  const regions = config.numbers.user_regions.map(({ users, region }) => ({
    isOne: matchUsers([users]),
    rules: { ...numbers, region },
  }));
  const toneCountry = media.embedded.ringback_country;
  return {
    serverName: homeserver.domain,
    mayCall: matchUsers(permissions.call_out),
    numbersOf: (user) => regions.find(({ isOne }) => isOne(user))?.rules ?? numbers,
    trunk: trunkRules(trunk),
    mostCalls: limits.calls,
    mostCallsPerUser: limits.calls_per_user,
    longestCallMs: limits.call_s * 1000,
    ...(toneCountry === undefined ? {} : { toneCountry }),
  };
}

const ANONYMOUS = 'anonymous';

function trunkRules(trunk: TrunkConfig): TrunkRules {
  return {
    name: trunk.name,
    codecs: trunk.codecs,
    srtp: trunk.srtp,
    earlyMedia: trunk.early_media,
    ringTimeoutMs: trunk.ring_timeout_s * 1000,
    asDialled: trunk.number_format.form === 'as-dialled',
    // Asked for call by call: only then are the headers of RFC 3323 written.
    ...(trunk.caller_id === ANONYMOUS ? { callerId: ANONYMOUS } : {}),
  };
}

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
    sessionTimers: { offer: timers.offer, expiresS: timers.expires_s, minSeS: timers.min_s },
  });
}

function credentialsOf({ username, password }: TrunkConfig): Pick<TrunkSettings, 'credentials'> {
  return username === undefined || password === undefined ? {} : { credentials: { username, password } };
}

function splitHeader(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';

/** @param ownAddress what to say in Via and Contact for a listener on all addresses, when nothing is configured */
export function sipServerSettings({ sip, trunks }: Config, ownAddress: string): EmbeddedSipSettings {
  const { listen, advertise, tls, udp_mtu } = sip.embedded;
  const tlsListens = listen.some(({ transport }) => transport === 'tls');
  const tlsNeeded = trunks.some(({ transport }) => transport === 'tls');
  // Without a certificate nothing listens there: it is where connections to the trunk leave from.
  const outgoingOnly = { transport: 'tls', host: isIPv6(ownAddress) ? '::' : '0.0.0.0', port: 0 } as const;
  const listeners = tlsNeeded && !tlsListens ? [...listen, outgoingOnly] : listen;
  return {
    listeners: listeners.map(
      (each): ListenerSettings => ({
        ...each,
        ...present({ advertisedHost: advertise ?? (isWildcard(each.host) ? ownAddress : undefined) }),
        ...(each.transport === 'tls' ? { tls: tlsSettings(tls, each === outgoingOnly) } : {}),
      }),
    ),
    udpMtu: udp_mtu === 0 ? 'off' : udp_mtu,
  };
}

function tlsSettings(
  { cert, key, ca, verify_server }: Config['sip']['embedded']['tls'],
  isOutgoingOnly: boolean,
): TlsSettings {
  return {
    verifyServer: verify_server,
    ...present({
      cert: cert === undefined || isOutgoingOnly ? undefined : readFileSync(cert),
      key: key === undefined || isOutgoingOnly ? undefined : readFileSync(key),
      ca: ca === undefined ? undefined : readFileSync(ca),
    }),
  };
}

/** @param ownAddress what to say in SDP towards the trunk, when nothing is configured */
export function mediaSettings({ media }: Config, ownAddress: string): EmbeddedMediaSettings {
  const { workers, rtp, webrtc, connect_timeout_s, silence_timeout_s, comfort_noise } = media.embedded;
  const isSameFamily = isIPv6(ownAddress) === isIPv6(rtp.bind);
  const ownRtpAddress = isWildcard(rtp.bind) && isSameFamily ? ownAddress : undefined;
  return {
    ...(workers === 0 ? {} : { workers }),
    rtp: {
      bindAddress: rtp.bind,
      ports: { min: rtp.port_min, max: rtp.port_max },
      ...present({ publicAddress: rtp.public_address ?? ownRtpAddress }),
    },
    webrtc: {
      ...(webrtc.bind.length === 0 ? {} : { bindAddresses: webrtc.bind }),
      publicAddresses: webrtc.public_addresses,
      ports: { min: webrtc.port_min, max: webrtc.port_max },
      turn: webrtc.turn,
      connectTimeoutMs: connect_timeout_s * 1000,
    },
    mediaTimeoutMs: silence_timeout_s * 1000,
    comfortNoise: comfort_noise,
  };
}

/** An object without the keys that are undefined. */
function present<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
