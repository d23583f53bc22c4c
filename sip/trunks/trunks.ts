/** All trunks: started and stopped together, found by name, told of to whoever listens. */
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import type { IncomingRequest, SipStack } from '../call/stack.ts';
import { type Locator, targetOfUri } from '../dns/index.ts';
import type { MessageWaiting, TrunkStatus } from '../leg.ts';
import { parseUri } from '../message/index.ts';
import type { TlsSettings } from '../server/index.ts';
import { nextHops, type TrunkSettings } from '../trunk/index.ts';
import { inspectCertificate } from './certificate.ts';
import { type Lookup, TrunkDirectory } from './directory.ts';
import { LiveTrunk } from './live-trunk.ts';

export interface TrunksParts {
  /** In the order of the configuration. */
  readonly trunks: readonly TrunkSettings[];
  readonly stack: SipStack;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly locator: Locator;
  readonly random: () => number;
  /** ms since 1970. */
  readonly epochMs: () => number;
  /** With what certificates of trunks by TLS are checked. */
  readonly tls: TlsSettings;
  /** Calls of a trunk at this moment. */
  readonly callsOf: (trunk: string) => number;
}

export class Trunks {
  readonly directory: TrunkDirectory;
  readonly #parts: TrunksParts;
  readonly #trunks: ReadonlyMap<string, LiveTrunk>;
  readonly #onChange = new Set<(status: TrunkStatus) => void>();
  readonly #onMessages = new Set<(news: MessageWaiting) => void>();
  #started = false;

  /** @throws RangeError when two trunks have one name */
  constructor(parts: TrunksParts) {
    this.#parts = parts;
    this.#trunks = new Map(parts.trunks.map((trunk) => [trunk.name, this.#live(trunk)]));
    if (this.#trunks.size < parts.trunks.length) throw new RangeError('two trunks have the same name');
    this.directory = new TrunkDirectory({ ...parts, lookup: lookupBy(parts.locator) });
  }

  get(name: string): LiveTrunk | undefined {
    return this.#trunks.get(name);
  }

  statuses(): TrunkStatus[] {
    return [...this.#trunks.values()].map((trunk) => this.#status(trunk));
  }

  /** Registers the accounts, and begins to look whether the trunks are there. */
  start(): void {
    this.#started = true;
    void this.directory.start();
    for (const trunk of this.#trunks.values()) trunk.start();
  }

  /** The SIP server is there again, or another one: what it knew of us is said anew. Before the start there is nothing to say. */
  serverBack(): void {
    if (this.#started) for (const trunk of this.#trunks.values()) trunk.serverBack();
  }

  /** Registers all accounts of a trunk at once. @returns how many there are; undefined: there is no such trunk */
  registerNow(name: string): number | undefined {
    return this.#trunks.get(name)?.registerNow();
  }

  /** Ends the registrations, so that no more calls are sent here. */
  async close(): Promise<void> {
    this.directory.close();
    await Promise.all([...this.#trunks.values()].map((trunk) => trunk.close()));
  }

  onChange(listener: (status: TrunkStatus) => void): void {
    this.#onChange.add(listener);
  }

  onMessages(listener: (news: MessageWaiting) => void): void {
    this.#onMessages.add(listener);
  }

  /** Takes a NOTIFY that no subscription asked for (RFC 3842 leaves that to the PBX; many do it). */
  notify(trunk: string, account: string | undefined, request: IncomingRequest): void {
    this.#trunks.get(trunk)?.notify(account, request);
  }

  #status(trunk: LiveTrunk): TrunkStatus {
    return trunk.status(this.#parts.callsOf(trunk.settings.name));
  }

  #live(settings: TrunkSettings): LiveTrunk {
    const { stack, clock, random, epochMs, logger } = this.#parts;
    const live: LiveTrunk = new LiveTrunk({
      settings,
      stack,
      clock,
      epochMs,
      random,
      logger: logger.child({ trunk: settings.name }),
      onChange: () => {
        const status = this.#status(live);
        for (const listener of this.#onChange) listener(status);
      },
      certificate: () => this.#certificateOf(settings),
      onMessages: (news) => {
        for (const listener of this.#onMessages) listener(news);
      },
      onContact: (key, contact) => this.directory.registered(key, contact),
    });
    return live;
  }

  async #certificateOf(trunk: TrunkSettings): Promise<number | undefined> {
    const { locator, tls } = this.#parts;
    const uri = parseUri(nextHops(trunk)[0]);
    if (uri.kind !== 'sip') return undefined;
    const [place] = await locator.locate(targetOfUri(uri));
    if (place === undefined) return undefined;
    const { expiresAt } = await inspectCertificate(place.address, place.port, place.domain, tls);
    return Number.isNaN(expiresAt) ? undefined : expiresAt;
  }
}

/** By the trunk's port and transport; a name that is only a source of requests has addresses alone. */
function lookupBy(locator: Locator): Lookup {
  return async (host, { host: own, port, transport }) => {
    const explicit = host === own ? port : undefined;
    const target = { host, transport, secure: false, ...(explicit === undefined ? {} : { port: explicit }) };
    return (await locator.locate(target)).map(({ address }) => address);
  };
}
