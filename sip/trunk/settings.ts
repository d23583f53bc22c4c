import type { CallerIdSettings } from './identity.ts';
import type { NumberFormat } from './number-format.ts';

export type TrunkTransport = 'udp' | 'tcp' | 'tls';

export interface TrunkCredentials {
  readonly username: string;
  readonly password: string;
  /** User name for digest authentication when it is not `username`. */
  readonly authUsername?: string;
}

/** Registration of the trunk's own credentials (RFC 3261 §10). */
export interface RegistrationSettings {
  /** Where to register; default: where calls are sent. */
  readonly registrar?: string;
  readonly port?: number;
  /** How long it shall last, in seconds; the registrar decides. */
  readonly expiresS: number;
  /** User part of our Contact; default: one that nobody can guess and that calls in are recognised by. */
  readonly contactUser?: string;
}

/** An account of its own at the trunk: an extension of a PBX. It is registered at the trunk's registrar. */
export interface TrunkAccount extends TrunkCredentials {
  /** What `account` says in calls: the extension number. */
  readonly name: string;
  readonly displayName?: string;
  /** Whether the PBX is asked to tell of voicemail (RFC 3842). */
  readonly messageWaiting: boolean;
}

/**
 * Offers of RFC 3262. `off`: not offered (a peer that insists is obeyed all the same). `supported`: offered.
 * `required`: the peer must send its 1xx reliably or refuse the call with 420.
 */
export type Rel100 = 'off' | 'supported' | 'required';

export interface SessionTimerSettings {
  /** Whether our INVITE asks for a session timer (RFC 4028). A timer that the peer asks for is kept in any case. */
  readonly offer: boolean;
  /** Session-Expires in seconds that we ask for. */
  readonly expiresS: number;
  /** Min-SE in seconds: the shortest interval that we accept from the peer; RFC 4028 §5 does not allow less than 90. */
  readonly minSeS: number;
}

/**
 * What 1xx responses with media mean to the caller. `ringback`: the call is answered when the far side answers, until then
 * the caller hears ringing. `answer-on-early-rtp`: the caller is connected as soon as early media really flows.
 */
export type EarlyMediaPolicy = 'ringback' | 'answer-on-early-rtp';

/** Where the called number of a call stands that a trunk brings. `header:NAME` is a header of the provider. */
export type DidSource = 'request-uri' | 'to' | 'p-called-party-id' | 'diversion' | `header:${string}`;

/** Where the caller of a call stands that a trunk brings. */
export type CallerSource = 'p-asserted-identity' | 'p-preferred-identity' | 'remote-party-id' | 'from';

/**
 * How a trunk writes numbers in what it sends. `e164`: country code first, with or without `+`. `national`: as people of its
 * country dial. `auto`: `+`, the international and the national prefix are taken for what they say, the rest is left.
 * `as-is`: nothing is changed.
 */
export type InboundNumberForm = 'auto' | 'e164' | 'national' | 'as-is';

export interface InboundNumberFormat {
  readonly form: InboundNumberForm;
  /** Country calling code of the trunk without `+`; without it a national number stays as it came. */
  readonly countryCode?: string;
  /** What precedes a national number, default `0`; empty in the North American plan. */
  readonly nationalPrefix?: string;
  /** What precedes a foreign number, default `00`; `011` in the North American plan. */
  readonly internationalPrefix?: string;
  /** Applied in order to the number as it came, before `form`; as in `NumberFormat`. */
  readonly rewrite?: readonly { readonly match: string; readonly replace: string }[];
}

/** Whose calls a trunk brings, and where they say what. */
export interface InboundSettings {
  /** Addresses, networks (`192.0.2.0/24`) and host names that its requests come from, besides those of `host`. */
  readonly allowFrom: readonly string[];
  /** What it must prove by digest authentication when its address is not known. */
  readonly credentials?: TrunkCredentials;
  /** In order; the first that names somebody counts. */
  readonly didFrom: readonly DidSource[];
  /** In order; the first that names somebody counts. */
  readonly callerFrom: readonly CallerSource[];
  readonly numbers: InboundNumberFormat;
  /** Whether its `verstat` may be believed: it checks callers itself and takes out what others say. */
  readonly trustVerstat: boolean;
}

/**
 * How a text travels. `plain`: its text alone. `cpim`: in an envelope that can ask for receipts (RFC 3862, RFC 5438). `3gpp`: as
 * an SMS of mobile networks (3GPP TS 24.341), which is binary.
 */
export type TextFormat = 'plain' | 'cpim' | '3gpp';

/** Who wrote a text: the headers say it, or its own first line, or its own head. */
export type TextBodyForm = 'plain' | 'goip' | 'goip-headers';

/** Texts of a trunk by SIP MESSAGE (RFC 3428). */
export interface TextSettings {
  readonly enabled: boolean;
  /** Of what we send; what comes in is read in every format. */
  readonly format: TextFormat;
  /** Asks to be told what became of a text: by IMDN (`cpim`) or status report (`3gpp`). */
  readonly receipts: boolean;
  /** Of texts that come in. */
  readonly body: TextBodyForm;
  /** The service centre that takes SMS of the `3gpp` format: its number, or a SIP URI. Absent: they go to the recipient. */
  readonly serviceCentre?: string;
  /** Where the called number of a text stands; absent: as in calls. */
  readonly didFrom?: readonly DidSource[];
  /** Most characters of one MESSAGE. */
  readonly maxCharacters?: number;
  /** Most bytes of the body of one MESSAGE; by UDP never more than fits into a packet. */
  readonly maxBytes?: number;
  /** What a text becomes by UDP that fits into no packet (RFC 3428 §8): several, or one by TCP. */
  readonly long: 'parts' | 'tcp';
  /** MESSAGEs a second; more wait for their turn. Unlimited when absent. */
  readonly perSecond?: number;
  /** MESSAGEs that may be without their answer at one time. */
  readonly window: number;
  /** Whether the trunk knows a MESSAGE that it had before, by its Call-ID, and takes it for the same. */
  readonly knowsRepeats: boolean;
}

/** One trunk by address: everything about a peer that can differ from one provider to the next. */
export interface TrunkSettings {
  readonly name: string;
  /** Host name (SRV and NAPTR are looked up when there is no port, RFC 3263), IPv4 address or IPv6 address. */
  readonly host: string;
  readonly port?: number;
  /** Hosts that are tried in this order when `host`, with all its addresses, does not answer; `host` or `host:port`. */
  readonly backupHosts: readonly string[];
  /** Where everything is sent, whatever `host` says: `host` or `host:port`. */
  readonly outboundProxy?: string;
  /** Whether requests name the outbound proxy in a Route header, as RFC 3261 §8.1.2 has it; many do without. */
  readonly proxyRoute: boolean;
  readonly transport: TrunkTransport;
  /** Host part of the URIs when the provider wants another one there than the address requests are sent to. */
  readonly domain?: string;
  /** Never moves a large request from UDP to TCP (RFC 3261 §18.1.1): for peers that listen on UDP alone. */
  readonly udpOnly: boolean;
  /** Adds `;user=phone` to the URIs that hold numbers. */
  readonly userPhone: boolean;
  readonly credentials?: TrunkCredentials;
  /** Present: `credentials` are registered. */
  readonly registration?: RegistrationSettings;
  /** Extensions; each is registered by itself. */
  readonly accounts: readonly TrunkAccount[];
  /** Seconds between two OPTIONS; 0: none are sent. */
  readonly keepAliveS: number;
  /** Whether who forwarded a call is named in Diversion (RFC 5806). */
  readonly diversion: boolean;
  readonly callerId: CallerIdSettings;
  readonly numberFormat: NumberFormat;
  /** Calls that it brings. */
  readonly inbound: InboundSettings;
  readonly texts: TextSettings;
  readonly rel100: Rel100;
  readonly sessionTimers: SessionTimerSettings;
  readonly earlyMedia: EarlyMediaPolicy;
  /** Calls at once; more are refused before anything is sent. Unlimited when absent. */
  readonly maxCalls?: number;
  /** New calls a second that the trunk takes; more wait for their turn. Unlimited when absent. */
  readonly callsPerSecond?: number;
  /** A request with credentials begins a new Call-ID, for trunks that take it for a repetition otherwise. */
  readonly authNewCallId: boolean;
  /** Redirections (3xx) that are followed in one call, inside the trunk's own domain; 0 refuses all. */
  readonly maxRedirects: number;
  /** Headers that every INVITE carries besides ours. */
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** User-Agent of our requests. */
  readonly userAgent: string;
}

/** What has to be said about a trunk; the rest has defaults. */
export type TrunkInput = Pick<TrunkSettings, 'name' | 'host'> & {
  readonly [Key in Exclude<
    keyof TrunkSettings,
    'name' | 'host' | 'callerId' | 'numberFormat' | 'inbound' | 'texts' | 'sessionTimers'
  >]?: TrunkSettings[Key];
} & {
  readonly callerId?: Partial<CallerIdSettings>;
  readonly numberFormat?: Partial<NumberFormat>;
  readonly inbound?: Partial<InboundSettings>;
  readonly texts?: Partial<TextSettings>;
  readonly sessionTimers?: Partial<SessionTimerSettings>;
};

/** Completes a trunk with the defaults: UDP, number as dialled, From with the caller's number, no extensions. */
export function trunkSettings(input: TrunkInput): TrunkSettings {
  return {
    transport: 'udp',
    backupHosts: [],
    proxyRoute: false,
    udpOnly: false,
    userPhone: false,
    accounts: [],
    keepAliveS: 0,
    diversion: false,
    authNewCallId: false,
    rel100: 'off',
    earlyMedia: 'ringback',
    maxRedirects: 3,
    extraHeaders: {},
    userAgent: 'Trunkline',
    ...input,
    callerId: { from: '{number}', ...input.callerId },
    numberFormat: { form: 'as-is', ...input.numberFormat },
    inbound: {
      allowFrom: [],
      didFrom: ['request-uri', 'to'],
      callerFrom: ['p-asserted-identity', 'remote-party-id', 'from'],
      numbers: { form: 'auto' },
      trustVerstat: false,
      ...input.inbound,
    },
    texts: {
      enabled: false,
      format: 'plain',
      receipts: false,
      body: 'plain',
      long: 'parts',
      window: 10,
      knowsRepeats: false,
      ...input.texts,
    },
    sessionTimers: { offer: false, expiresS: 1800, minSeS: 90, ...input.sessionTimers },
  };
}

/** Host part of the trunk's URIs. */
export function trunkDomain(trunk: TrunkSettings): string {
  return trunk.domain ?? trunk.host;
}
