/** Whose requests come in: addresses that trunks have now, and the tokens of their registrations. */
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { Clock } from '../call/clock.ts';
import { bare, type InboundDirectory, Networks, namesIn } from '../inbound/index.ts';
import { hostsOf, type TrunkSettings } from '../trunk/index.ts';

/** The addresses that a name leads to. Rejects when it cannot be said. */
export type Lookup = (host: string, trunk: TrunkSettings) => Promise<readonly string[]>;

/** How often names are looked up again. The resolver's cache keeps what DNS says may be kept. */
const REFRESH_MS = 60_000;

interface Known {
  readonly trunk: TrunkSettings;
  readonly names: readonly string[];
  readonly networks: Networks;
  /** By name: a name that cannot be looked up for a while keeps what it had. */
  readonly addresses: Map<string, readonly string[]>;
}

export interface DirectoryParts {
  readonly trunks: readonly TrunkSettings[];
  readonly lookup: Lookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A registration that calls may be sent to. */
export interface RegisteredContact {
  readonly trunk: string;
  readonly account?: string;
  /** The user part of our Contact, when nobody can guess it. */
  readonly token?: string;
  /** Where the registrar answered from. */
  readonly address: string;
}

export class TrunkDirectory implements InboundDirectory {
  readonly trunks: readonly TrunkSettings[];
  readonly #parts: DirectoryParts;
  readonly #known: ReadonlyMap<string, Known>;
  readonly #contacts = new Map<string, RegisteredContact>();
  #stop: () => void = () => undefined;
  #closed = false;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.trunks = parts.trunks;
    this.#known = new Map(
      parts.trunks.map((trunk) => {
        const entries = [...hostsOf(trunk), ...trunk.inbound.allowFrom];
        const known = { trunk, names: namesIn(entries), networks: new Networks(entries), addresses: new Map() };
        return [trunk.name, known];
      }),
    );
  }

  /** Looks every name up, now and from time to time; settles when all were looked up once. */
  async start(): Promise<void> {
    await this.#refresh();
    if (this.#closed || [...this.#known.values()].every(({ names }) => names.length === 0)) return;
    const again = (): void => {
      this.#stop = this.#parts.clock.after(REFRESH_MS, () => {
        void this.#refresh().then(() => {
          if (!this.#closed) again();
        });
      });
    };
    again();
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  isFrom(trunk: TrunkSettings, address: string): boolean {
    const known = this.#known.get(trunk.name);
    if (known === undefined) return false;
    const plain = bare(address);
    if (known.networks.has(plain)) return true;
    for (const addresses of known.addresses.values()) if (addresses.includes(plain)) return true;
    for (const contact of this.#contacts.values())
      if (contact.trunk === trunk.name && contact.address === plain) return true;
    return false;
  }

  registrationOf(token: string): { readonly trunk: string; readonly account?: string } | undefined {
    for (const { trunk, account, token: ours } of this.#contacts.values())
      if (ours === token) return { trunk, ...(account === undefined ? {} : { account }) };
    return undefined;
  }

  /** Notes what a registration has come to; undefined: there is none any more. */
  registered(key: string, contact: RegisteredContact | undefined): void {
    if (contact === undefined) this.#contacts.delete(key);
    else this.#contacts.set(key, { ...contact, address: bare(contact.address) });
  }

  async #refresh(): Promise<void> {
    const { lookup, logger } = this.#parts;
    await Promise.all(
      [...this.#known.values()].flatMap(({ trunk, names, addresses }) =>
        names.map(async (name) => {
          try {
            const found = await lookup(name, trunk);
            addresses.set(
              name,
              found.filter((one) => isIP(one) !== 0),
            );
          } catch (error) {
            logger.debug({ trunk: trunk.name, name, err: error }, 'a name of the trunk could not be looked up');
          }
        }),
      ),
    );
  }
}
