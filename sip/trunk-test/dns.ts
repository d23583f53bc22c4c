/** Where the names of a trunk lead (RFC 3263), told question by question. */
import { isIP } from 'node:net';
import {
  type Destination,
  type DnsAnswer,
  type DnsResolver,
  LocateError,
  Locator,
  type NaptrRecord,
  type SrvRecord,
  targetOfUri,
} from '../dns/index.ts';
import { bareHost, bracketed, lenient, parseUri, type TransportName } from '../message/index.ts';
import type { Report } from './finding.ts';

/** Asks through, and notes each answer in words. */
class TellingResolver implements DnsResolver {
  readonly #resolver: DnsResolver;
  readonly #answers: string[];

  constructor(resolver: DnsResolver, answers: string[]) {
    this.#resolver = resolver;
    this.#answers = answers;
  }

  naptr(name: string): Promise<DnsAnswer<NaptrRecord>> {
    return this.#ask(
      'NAPTR',
      name,
      this.#resolver.naptr(name),
      ({ service, replacement }) => `${service} ${replacement}`,
    );
  }
  srv(name: string): Promise<DnsAnswer<SrvRecord>> {
    return this.#ask(
      'SRV',
      name,
      this.#resolver.srv(name),
      ({ priority, weight, target, port }) => `${target}:${port} (priority ${priority}, weight ${weight})`,
    );
  }
  a(name: string): Promise<DnsAnswer<string>> {
    return this.#ask('A', name, this.#resolver.a(name), (address) => address);
  }
  aaaa(name: string): Promise<DnsAnswer<string>> {
    return this.#ask('AAAA', name, this.#resolver.aaaa(name), (address) => address);
  }

  async #ask<T>(
    type: string,
    name: string,
    query: Promise<DnsAnswer<T>>,
    shown: (record: T) => string,
  ): Promise<DnsAnswer<T>> {
    try {
      const answer = await query;
      const records = answer.records.map(shown);
      this.#answers.push(`${type} ${name}: ${records.length === 0 ? 'none' : records.join(', ')}`);
      return answer;
    } catch (error) {
      this.#answers.push(`${type} ${name}: ${error instanceof Error ? error.message : 'no answer'}`);
      throw error;
    }
  }
}

export interface DnsParts {
  readonly resolver: DnsResolver;
  readonly transports: readonly TransportName[];
  readonly now: () => number;
}

/**
 * Looks one place of the trunk up.
 * @param hop a `sip:` URI
 * @returns where it leads; empty when it leads nowhere, which was reported
 */
export async function findPlace(hop: string, parts: DnsParts, report: Report): Promise<readonly Destination[]> {
  const uri = lenient(() => parseUri(hop));
  if (uri?.kind !== 'sip') {
    report({ step: 'DNS', verdict: 'wrong', words: `${hop} is no place to send to: check host and outbound_proxy` });
    return [];
  }
  const answers: string[] = [];
  const begun = parts.now();
  const locator = new Locator({
    transports: parts.transports,
    resolver: new TellingResolver(parts.resolver, answers),
  });
  try {
    const found = await locator.locate(targetOfUri(uri));
    for (const words of answers) report({ step: 'DNS', verdict: 'note', words });
    const places = found.map(({ transport, address, port }) => `${transport} ${withPort(address, port)}`);
    const isGiven = isIP(bareHost(uri.host)) !== 0;
    report({
      step: 'DNS',
      verdict: 'ok',
      words: isGiven ? `an address is given: ${places.join(', ')}` : `tried in this order: ${places.join(', ')}`,
      ms: parts.now() - begun,
    });
    return found;
  } catch (error) {
    for (const words of answers) report({ step: 'DNS', verdict: 'note', words });
    const words = error instanceof LocateError ? error.message : `DNS failed for ${uri.host}`;
    report({ step: 'DNS', verdict: 'wrong', words, ms: parts.now() - begun });
    return [];
  }
}

export function withPort(address: string, port: number): string {
  return `${bracketed(address)}:${port}`;
}
