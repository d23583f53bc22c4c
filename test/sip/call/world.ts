/** A gateway's SIP side on a SIP server, the embedded one or another, and calls of it whose events are awaited one by one. */
import { fileURLToPath } from 'node:url';
import { type Logger, pino } from 'pino';
import { createSipCalls, type SipCallsOptions, type TrunkCalls } from '../../../sip/call/index.ts';
import type { OutboundCallRequest, SipLeg, SipLegEvent } from '../../../sip/index.ts';
import type { EmbeddedSipServer } from '../../../sip/server/index.ts';
import { type TrunkInput, trunkSettings } from '../../../sip/trunk/index.ts';
import { type Sipp, type SippMessage, type SippOptions, startSipp } from '../../world/peers/sipp.ts';
import { Waiting } from '../../world/wait.ts';
import { EMBEDDED, type EmbeddedOptions, type ServerUnderTest } from '../contract/servers.ts';

/** The scenario file of this name. */
export function scenario(name: string): string {
  return fileURLToPath(new URL(`./data/${name}.xml`, import.meta.url));
}

export const OFFER = sdp('sendrecv', 1);

/** A description of ours. */
export function sdp(direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive', version: number): string {
  return [
    'v=0',
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    'm=audio 40000 RTP/AVP 0 101',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n');
}

/** A log that is kept as lines. */
export function keptLog(level = 'debug'): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { lines, logger: pino({ level }, { write: (line) => lines.push(line) }) };
}

type EventOf<Type extends SipLegEvent['type']> = Extract<SipLegEvent, { type: Type }>;

/** One call and what it said. */
export class TestCall {
  readonly events: SipLegEvent[] = [];
  leg!: SipLeg;
  readonly #waiting = new Waiting();
  #taken = 0;

  heard(event: SipLegEvent): void {
    this.events.push(event);
    this.#waiting.announce();
  }

  /** Settles with the next event, which must be of this type. */
  next<Type extends SipLegEvent['type']>(type: Type): Promise<EventOf<Type>> {
    const index = this.#taken++;
    return this.#waiting.until(() => {
      const event = this.events[index];
      if (event !== undefined && event.type !== type)
        throw new Error(`expected ${type}, heard ${JSON.stringify(event)}`);
      return event as EventOf<Type> | undefined;
    });
  }

  /** Settles with the first event of this type, skipping others. */
  async until<Type extends SipLegEvent['type']>(type: Type): Promise<EventOf<Type>> {
    for (;;) {
      const index = this.#taken;
      const event = await this.#waiting.until(() => this.events[index]);
      this.#taken++;
      if (event.type === type) return event as EventOf<Type>;
    }
  }

  types(): string[] {
    return this.events.map((event) => event.type);
  }
}

export interface Gateway {
  /** @throws when the server is not the embedded one */
  readonly server: EmbeddedSipServer;
  /** host:port where the server speaks SIP over UDP. */
  readonly address: string;
  readonly calls: TrunkCalls;
  readonly log: string[];
  place(request?: Partial<OutboundCallRequest>): TestCall;
}

export interface GatewayOptions extends EmbeddedOptions {
  readonly trunk?: Partial<TrunkInput>;
  readonly calls?: Partial<SipCallsOptions>;
  readonly log?: string;
}

/** What a test has started, stopped in the opposite order. */
export class World {
  readonly #server: ServerUnderTest;
  readonly #stops: (() => Promise<unknown>)[] = [];
  #count = 0;

  constructor(server: ServerUnderTest = EMBEDDED) {
    this.#server = server;
  }

  async peer(name: string, options: Partial<SippOptions> = {}): Promise<Sipp> {
    const sipp = await startSipp({ scenario: scenario(name), timeoutS: 30, ...options });
    this.#stops.unshift(() => sipp.stop());
    return sipp;
  }

  /** A gateway whose trunk is `peer`. */
  async gateway(peer: { host: string; port: number }, options: GatewayOptions = {}): Promise<Gateway> {
    const { logger, lines } = keptLog(options.log);
    const server = await this.#server.start(options, logger);
    const calls = await createSipCalls({
      connection: server.connection,
      trunks: [trunkSettings({ name: 'test', host: peer.host, port: peer.port, ...options.trunk })],
      logger,
      ...options.calls,
    });
    this.#stops.unshift(async () => {
      await calls.close(0);
      await server.close();
    });
    const place = (request: Partial<OutboundCallRequest> = {}): TestCall => {
      const call = new TestCall();
      call.leg = calls.placeCall(
        {
          callRef: `call-${++this.#count}`,
          trunk: 'test',
          target: '+441818118181',
          sdp: OFFER,
          ringTimeoutMs: 20_000,
          ...request,
        },
        (event) => call.heard(event),
      );
      return call;
    };
    const [, address = ''] = /udp\/([^,]+)/.exec(calls.health().servers[0]?.endpoints ?? '') ?? [];
    return {
      get server() {
        if (server.embedded === undefined) throw new Error('this is not the embedded server');
        return server.embedded;
      },
      address,
      calls,
      log: lines,
      place,
    };
  }

  onStop(stop: () => Promise<unknown>): void {
    this.#stops.unshift(stop);
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }
}

/** What SIPp received, without retransmissions: methods and statuses. */
export function received(messages: readonly SippMessage[]): string[] {
  return messages.filter(({ direction }) => direction === 'received').map(({ startLine }) => shortName(startLine));
}

/** `INVITE` or `200`. */
export function shortName(startLine: string): string {
  const [first = '', second = ''] = startLine.split(' ');
  return first === 'SIP/2.0' ? second : first;
}

/** The value of a header in a message that SIPp logged. */
export function headerOf(message: SippMessage | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*?)\\r?$`, 'im').exec(message?.text ?? '')?.[1];
}
