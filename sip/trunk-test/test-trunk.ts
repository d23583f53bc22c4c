/** The test of one trunk. */
import type { Logger } from 'pino';
import { type Clock, systemClock } from '../call/clock.ts';
import { DrachtioStack } from '../call/drachtio.ts';
import type { OutsideOutcome } from '../call/outside-client.ts';
import { CachingResolver, type Destination, type DnsResolver, Locator, SystemResolver } from '../dns/index.ts';
import { type EmbeddedSipSettings, locateByDns, startEmbeddedSipServer, type TlsSettings } from '../server/index.ts';
import { asAccount, nextHops, registrarHops, type TrunkSettings } from '../trunk/index.ts';
import { sendOptions } from '../trunks/index.ts';
import { accountFinding } from './account.ts';
import { connectionFinding } from './connection.ts';
import { findPlace } from './dns.ts';
import type { Report } from './finding.ts';
import { textsFinding } from './texts.ts';

const CONNECT_MS = 5_000;

export interface TrunkTestParts {
  readonly trunk: TrunkSettings;
  /** The embedded server's settings; ports are chosen by the system, so that a gateway that runs is not in the way. */
  readonly server: EmbeddedSipSettings;
  readonly logger: Logger;
  /** Default: the machine's name servers. */
  readonly resolver?: DnsResolver;
  readonly clock?: Clock;
  readonly epochMs?: () => number;
}

/**
 * Looks at a trunk from this machine and reports each step.
 * @returns whether nothing is wrong
 */
export async function testTrunk(parts: TrunkTestParts, report: Report): Promise<boolean> {
  const { trunk, clock = systemClock, epochMs = Date.now, logger } = parts;
  const resolver = parts.resolver ?? new CachingResolver(new SystemResolver(), () => clock.now());
  let isGood = true;
  const told: Report = (finding) => {
    if (finding.verdict === 'wrong') isGood = false;
    report(finding);
  };
  const dns = { resolver, transports: [trunk.transport], now: () => clock.now() } as const;
  const calls = nextHops(trunk);
  const registrars = registrarHops(trunk).filter((hop) => !calls.includes(hop));
  const reachable: string[] = [];
  for (const hop of [...calls, ...registrars]) {
    const places = await findPlace(hop, dns, told);
    for (const place of places) await connect(place);
    if (places.length > 0) reachable.push(hop);
  }
  if (reachable.length > 0) await bySip();
  return isGood;

  async function connect(place: Destination): Promise<void> {
    const { certificate: _seen, ...finding } = await connectionFinding(place, tlsOf(parts.server), {
      now: () => clock.now(),
      epochMs,
    });
    told(finding);
  }

  async function bySip(): Promise<void> {
    const server = await startEmbeddedSipServer(
      withoutPorts(parts.server, trunk),
      logger,
      locateByDns(new Locator({ resolver })),
    );
    const stack = new DrachtioStack({ settings: { servers: [server] }, logger, clock });
    try {
      await stack.whenUp(CONNECT_MS);
      for (const hop of calls.filter((one) => reachable.includes(one))) {
        const begun = clock.now();
        const outcome = await new Promise<OutsideOutcome>((resolve) => {
          sendOptions({ trunk, stack, clock, logger }, hop, resolve);
        });
        told({ step: 'OPTIONS', ...optionsWords(outcome, trunk, hop), ms: clock.now() - begun });
        const texts = textsFinding(outcome, trunk);
        if (texts !== undefined) told(texts);
      }
      const [registrar] = registrarHops(trunk).filter((one) => reachable.includes(one));
      if (registrar === undefined) return;
      for (const [name, account] of accountsOf(trunk))
        told(await accountFinding(account, name, registrar, { stack, clock, logger }));
    } finally {
      stack.close();
      await server.close();
    }
  }
}

function accountsOf(trunk: TrunkSettings): [name: string, trunk: TrunkSettings][] {
  const { registration, credentials, accounts } = trunk;
  const own: [string, TrunkSettings][] =
    registration === undefined || credentials === undefined ? [] : [[credentials.username, trunk]];
  return [...own, ...accounts.map((account): [string, TrunkSettings] => [account.name, asAccount(trunk, account)])];
}

function optionsWords(
  outcome: OutsideOutcome,
  trunk: TrunkSettings,
  hop: string,
): { verdict: 'ok' | 'wrong'; words: string } {
  const where = hop.replace(/^sip:/, '');
  if (outcome.kind === 'answered') {
    const { status, phrase } = outcome.response.message;
    return { verdict: 'ok', words: `${where} answers ${status} ${phrase}`.trimEnd() };
  }
  const why = outcome.failure.warning?.replace(/^\d+ /, '') ?? outcome.failure.phrase;
  const hint =
    trunk.transport === 'udp'
      ? 'check the port, the firewalls on the way, and whether the trunk knows the address of this machine'
      : 'check whether SIP is spoken there, and whether the trunk knows the address of this machine';
  return { verdict: 'wrong', words: `${where} does not answer (${why}): ${hint}` };
}

function tlsOf({ listeners }: EmbeddedSipSettings): TlsSettings {
  return listeners.find(({ transport }) => transport === 'tls')?.tls ?? {};
}

/** Listens where nobody is disturbed, and by the transport that the trunk needs. */
function withoutPorts(server: EmbeddedSipSettings, trunk: TrunkSettings): EmbeddedSipSettings {
  const listeners = server.listeners.map(({ advertisedPort: _mapped, ...listener }) => ({ ...listener, port: 0 }));
  const isThere = listeners.some(({ transport }) => transport === trunk.transport);
  const [first] = listeners;
  if (isThere || first === undefined) return { ...server, listeners };
  const { tls: _other, ...like } = first;
  return { ...server, listeners: [...listeners, { ...like, transport: trunk.transport }] };
}
