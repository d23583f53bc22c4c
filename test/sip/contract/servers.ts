/** The SIP servers that the contract is proved on: the embedded one always, a drachtio server when the environment names one. */
import type { Logger } from 'pino';
import type { DrachtioAddress } from '../../../sip/index.ts';
import {
  type EmbeddedSipServer,
  type Locate,
  startEmbeddedSipServer,
  type TlsSettings,
} from '../../../sip/server/index.ts';

/** `host:port:secret` of a drachtio server with UDP and TCP contacts that these tests have to themselves. */
export const DRACHTIO_VARIABLE = 'TRUNKLINE_TEST_DRACHTIO';

/** What only the embedded server can be given. */
export interface EmbeddedOptions {
  /** T1 in ms; 64·T1 is the longest that a transaction lives. Default 500. */
  readonly t1Ms?: number;
  /** What stands for DNS; default: no name is known. */
  readonly locate?: Locate;
  /** For a trunk over TLS. */
  readonly tls?: TlsSettings;
}

export interface RunningServer {
  readonly connection: DrachtioAddress;
  /** Undefined when it is a drachtio server. */
  readonly embedded: EmbeddedSipServer | undefined;
  close(): Promise<void>;
}

export interface ServerUnderTest {
  readonly name: string;
  readonly isEmbedded: boolean;
  /** @param options what a drachtio server was not configured for is left out there: T1 is 500 ms, names are not known */
  start(options: EmbeddedOptions, logger: Logger): Promise<RunningServer>;
}

export const EMBEDDED: ServerUnderTest = {
  name: 'embedded',
  isEmbedded: true,
  async start({ t1Ms = 500, locate, tls }, logger) {
    const embedded = await startEmbeddedSipServer(
      {
        listeners: [
          { transport: 'udp', host: '127.0.0.1', port: 0 },
          { transport: 'tcp', host: '127.0.0.1', port: 0 },
          ...(tls === undefined ? [] : [{ transport: 'tls', host: '127.0.0.1', port: 0, tls } as const]),
        ],
        timers: { t1Ms, t2Ms: 8 * t1Ms, t4Ms: 10 * t1Ms },
      },
      logger,
      locate ?? (() => Promise.reject(new Error('no name is known here'))),
    );
    return { connection: embedded, embedded, close: () => embedded.close() };
  },
};

/** The drachtio server that the environment names, if it names one. */
export function drachtioFrom(value: string | undefined): ServerUnderTest | undefined {
  if (value === undefined || value === '') return undefined;
  const [, host, port, secret] = /^(\[[^\]]+\]|[^:]+):(\d+):(.+)$/.exec(value) ?? [];
  if (host === undefined || secret === undefined) {
    throw new Error(`${DRACHTIO_VARIABLE} must be host:port:secret, as in 127.0.0.1:9022:cymru`);
  }
  const connection = { host: host.replace(/^\[|\]$/g, ''), port: Number(port), secret };
  return {
    name: 'drachtio',
    isEmbedded: false,
    start: () => Promise.resolve({ connection, embedded: undefined, close: () => Promise.resolve() }),
  };
}

const drachtio = drachtioFrom(process.env[DRACHTIO_VARIABLE]);

/** For `describe.each`. */
export const SERVERS: readonly ServerUnderTest[] = drachtio === undefined ? [EMBEDDED] : [EMBEDDED, drachtio];
