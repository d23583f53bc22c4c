/** REFER of the far side: it asks us to call somebody else in its place (RFC 3515; RFC 3892, RFC 4488, RFC 5589). */
import type { Logger } from 'pino';
import { type ReferProgress, type ReferTarget, type SipLeg, type SipLegEvent, SipRequestError } from '../leg.ts';
import {
  header,
  headerLines,
  headerList,
  lenient,
  param,
  parseNameAddr,
  parseUri,
  reasonPhrase,
  type SipMessage,
  type SipUri,
  stringifyUri,
  unescapeText,
  userText,
} from '../message/index.ts';
import type { Clock } from './clock.ts';
import type { DialogClient } from './dialog-client.ts';
import { parseReplaces, type Replaces } from './dialog-facts.ts';
import type { IncomingRequest } from './stack.ts';

/** A REFER that nobody decides about is refused before its transaction is over (RFC 4320 §4.1). */
const DECIDE_MS = 20_000;
/** How long a BYE waits for news of a transfer that are on their way. */
const NEWS_MS = 1_000;
/** How long the far side may expect to hear of the new call (RFC 3515 §2.4.4). */
const SUBSCRIPTION_S = 180;

export interface ReferFacts {
  /** Host parts that stand for the trunk or for us, in lower case. */
  readonly ownHosts: ReadonlySet<string>;
  /** The call of ours that a Replaces of the far side names. */
  readonly find: (replaces: Replaces) => SipLeg | undefined;
}

export interface ReferTakerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly contact: () => string | undefined;
  readonly facts: ReferFacts;
  readonly emit: (event: SipLegEvent) => void;
}

export class ReferTaker {
  readonly #parts: ReferTakerParts;
  readonly #open = new Set<() => void>();
  /** REFERs that were accepted. */
  #accepted = 0;
  /** NOTIFYs that have no answer yet. */
  readonly #news = new Set<Promise<void>>();

  constructor(parts: ReferTakerParts) {
    this.#parts = parts;
  }

  take(request: IncomingRequest, client: DialogClient): void {
    const { clock, emit, facts, logger } = this.#parts;
    const { message } = request;
    const contact = this.#parts.contact();
    const to = referTarget(message, { ...facts, ownHosts: ownHosts(facts.ownHosts, contact, request) });
    if (to === undefined) {
      request.respond(400, { reason: 'Refer-To cannot be used' });
      return;
    }
    // RFC 4488 §4: the one who asks wants to hear no more of it.
    const quiet = /^\s*false\b/i.test(header(message, 'refer-sub') ?? '');
    let decided = false;
    const decide = (): boolean => {
      if (decided) return false;
      decided = true;
      stop();
      this.#open.delete(refuse);
      return true;
    };
    const refuse = (): void => {
      if (decide()) request.respond(603);
    };
    const stop = clock.after(DECIDE_MS, () => {
      logger.warn('a transfer that the far side asks for was not decided about and is refused');
      refuse();
    });
    this.#open.add(refuse);
    const headers: Readonly<Record<string, string>> = contact === undefined ? {} : { Contact: contact };
    emit({
      type: 'refer',
      to,
      accept: () => {
        if (!decide()) return { notify: () => undefined };
        request.respond(202, { headers: quiet ? { ...headers, 'Refer-Sub': 'false' } : headers });
        return quiet ? { notify: () => undefined } : this.#progress(client, message, headers);
      },
      reject: (status) => {
        if (decide()) request.respond(status);
      },
    });
  }

  /**
   * The far side hangs up its half when it hears that a transfer is done; a BYE of ours that came before would leave it in the dark.
   * @returns when it has heard everything, or will not in time; undefined when there is nothing to wait for
   */
  told(): Promise<void> | undefined {
    if (this.#news.size === 0) return undefined;
    return new Promise((resolve) => {
      const stop = this.#parts.clock.after(NEWS_MS, resolve);
      void Promise.all(this.#news).then(() => {
        stop();
        resolve();
      });
    });
  }

  /** The call is over: what is not decided is refused. */
  close(): void {
    for (const refuse of [...this.#open]) refuse();
  }

  #progress(client: DialogClient, refer: SipMessage, headers: Readonly<Record<string, string>>): ReferProgress {
    // RFC 3515 §2.4.6: the id tells the subscriptions of several REFERs apart. The first needs none, and some telephones know
    // none.
    const event = this.#accepted++ === 0 ? 'refer' : `refer;id=${Number.parseInt(header(refer, 'cseq') ?? '', 10)}`;
    const begun = this.#parts.clock.now();
    let last: Promise<void> = Promise.resolve();
    let over = false;
    let unwanted = false;
    const notify = (status: number): void => {
      if (over || unwanted) return;
      over = status >= 200;
      const leftS = Math.max(1, SUBSCRIPTION_S - Math.round((this.#parts.clock.now() - begun) / 1000));
      const state = over ? 'terminated;reason=noresource' : `active;expires=${leftS}`;
      // One after the other: the far side goes by the last one that comes.
      const news = last.then(async () => {
        if (unwanted) return;
        try {
          await client.request({
            method: 'NOTIFY',
            headers: {
              ...headers,
              Event: event,
              'Subscription-State': state,
              'Content-Type': 'message/sipfrag;version=2.0',
            },
            body: `SIP/2.0 ${status} ${reasonPhrase(status)}\r\n`,
          });
        } catch (error) {
          const answer = error instanceof SipRequestError ? error.failure.status : undefined;
          // RFC 6665 §4.2.2: a subscriber that answers 481 wants no more.
          unwanted = true;
          this.#parts.logger.debug({ status: answer }, 'the far side did not take the news of its transfer');
        }
      });
      last = news;
      this.#news.add(news);
      void news.then(() => this.#news.delete(news));
    };
    // RFC 3515 §2.4.4: the first NOTIFY follows at once.
    notify(100);
    return { notify };
  }
}

/**
 * A trunk that is configured by its name writes its address, and a telephone writes ours: a URI with the host of our Contact, of
 * the far side's From, or with the address that it sends from, means a user of this trunk.
 */
function ownHosts(
  configured: ReadonlySet<string>,
  contact: string | undefined,
  { message, source }: IncomingRequest,
): ReadonlySet<string> {
  const hosts = [contact, header(message, 'from')].map((value) => {
    const uri = value === undefined ? undefined : lenient(() => parseUri(parseNameAddr(value).uri));
    return uri?.kind === 'sip' ? uri.host.toLowerCase() : '';
  });
  const address = source.address.includes(':') ? `[${source.address}]` : source.address;
  return new Set([...configured, ...hosts, address].filter((host) => host !== ''));
}

/** Reads whom a REFER names; undefined when it names nobody that can be called. */
export function referTarget(message: SipMessage, facts: ReferFacts): ReferTarget | undefined {
  const lines = headerLines(message, 'refer-to');
  // RFC 3515 §2.4.1: exactly one.
  if (lines.length !== 1) return undefined;
  const uri = lenient(() => parseUri(parseNameAddr(lines[0] ?? '').uri));
  if (uri === undefined || uri.kind === 'other') return undefined;
  const by = referrer(message);
  const referredBy = by === undefined ? {} : { referredBy: by };
  if (uri.kind === 'tel') return { target: uri.number.replace(/[-.()]/g, ''), ...referredBy };
  const method = param(uri.params, 'method');
  if (method !== undefined && method.toUpperCase() !== 'INVITE') return undefined;
  const target = callable(uri, facts.ownHosts);
  if (target === undefined) return undefined;
  const value = replacesIn(uri);
  if (value === undefined) return { target, ...referredBy };
  const replaces = lenient(() => parseReplaces(value));
  if (replaces === undefined) return undefined;
  const own = facts.find(replaces);
  return { target, ...referredBy, ...(own === undefined ? { foreignReplaces: value } : { replaces: own }) };
}

function callable(uri: SipUri, ownHosts: ReadonlySet<string>): string | undefined {
  const user = userText(uri);
  if (ownHosts.has(uri.host.toLowerCase()))
    return user === undefined || user === '' ? undefined : user.split(';', 1)[0];
  const { headers: _headers, password: _password, ...rest } = uri;
  return stringifyUri({ ...rest, params: rest.params.filter(({ name }) => name.toLowerCase() !== 'method') });
}

/** The Replaces among the headers of a URI (RFC 3261 §19.1.1, RFC 3891 §6). */
function replacesIn(uri: SipUri): string | undefined {
  for (const pair of uri.headers?.split('&') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).toLowerCase() === 'replaces') return unescapeText(pair.slice(equals + 1));
  }
  return undefined;
}

function referrer(message: SipMessage): string | undefined {
  const [first] = lenient(() => headerList(message, 'referred-by')) ?? [];
  const uri = first === undefined ? undefined : lenient(() => parseUri(parseNameAddr(first).uri));
  return uri?.kind === 'sip' ? userText(uri) : undefined;
}
