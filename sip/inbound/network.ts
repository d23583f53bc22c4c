/** Addresses and networks that requests may come from. Pure. */
import { BlockList, isIP } from 'node:net';

/** Addresses and CIDR networks as one set; host names in the list are left out (`namesIn`). */
export class Networks {
  readonly #list = new BlockList();

  /** @throws RangeError for a prefix that the address family does not have */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = bare(entry).split('/', 2);
      const family = isIP(address);
      if (family === 0) continue;
      const type = family === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, type);
      else this.#list.addSubnet(address, Number(prefix), type);
    }
  }

  has(address: string): boolean {
    const plain = bare(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** The entries that are names, which must be looked up. */
export function namesIn(entries: readonly string[]): string[] {
  return entries.filter((entry) => isIP(bare(entry).split('/', 1)[0] ?? '') === 0);
}

/** Without brackets, and an IPv4 address that a dual-stack socket shows as IPv6 (RFC 4291 §2.5.5.2) as what it is. */
export function bare(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
