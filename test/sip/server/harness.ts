/** An embedded server with a real drachtio-srf application on it. */
import { createRequire } from 'node:module';
import type Srf from 'drachtio-srf';
import { type Logger, pino } from 'pino';
import {
  type EmbeddedSipServer,
  type EmbeddedSipSettings,
  type Locate,
  startEmbeddedSipServer,
} from '../../../sip/server/index.ts';

const SrfClass = createRequire(import.meta.url)('drachtio-srf') as typeof Srf;

export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 4000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  'a=sendrecv',
  '',
].join('\r\n');

/** Quick timers: 64·T1 is 3.2 s. */
export const QUICK = { t1Ms: 50, t2Ms: 400, t4Ms: 500 } as const;

export const silent: Logger = pino({ level: process.env.SIP_LOG ?? 'silent' });

export const LOOPBACK_UDP = [{ transport: 'udp', host: '127.0.0.1', port: 0 }] as const;
export const LOOPBACK_UDP_TCP = [
  { transport: 'udp', host: '127.0.0.1', port: 0 },
  { transport: 'tcp', host: '127.0.0.1', port: 0 },
] as const;

export interface Bench {
  readonly server: EmbeddedSipServer;
  readonly srf: Srf;
  /** host:port of the first listener. */
  readonly address: string;
  close(): Promise<void>;
}

export const noDns: Locate = () => Promise.reject(new Error('no DNS in this test'));

export async function startBench(settings: Partial<EmbeddedSipSettings> = {}, locate: Locate = noDns): Promise<Bench> {
  const server = await startEmbeddedSipServer({ listeners: LOOPBACK_UDP, ...settings }, silent, locate);
  const srf = await connectSrf(server);
  const [first] = server.addresses;
  return {
    server,
    srf,
    address: `${first?.host}:${first?.port}`,
    close: async () => {
      try {
        srf.disconnect();
      } catch {
        // A test has disconnected it: drachtio-srf has no socket left.
      }
      await server.close();
    },
  };
}

export async function connectSrf(server: EmbeddedSipServer): Promise<Srf> {
  const srf = new SrfClass();
  const connected = new Promise<void>((resolve, reject) => {
    srf.on('connect', (error: Error | null) => (error ? reject(error) : resolve()));
    srf.on('error', reject);
  });
  srf.connect({ host: server.host, port: server.port, secret: server.secret });
  await connected;
  return srf;
}

/** What a call in progress tells: createUAC's callbacks as they are, which its own types do not say. */
export interface Progress {
  sent?(request: Srf.SrfRequest & { cancel(callback?: () => void): void }): void;
  provisional?(response: Srf.SrfResponse): void;
}

/** Calls; rejects with drachtio-srf's SipError, which has `status`. */
export function call(
  srf: Srf,
  uri: string,
  progress: Progress = {},
  headers: Record<string, string> = {},
): Promise<Srf.Dialog> {
  const callbacks = {
    cbRequest: (_error: unknown, request?: Srf.SrfRequest) => {
      if (request !== undefined) progress.sent?.(request as Parameters<NonNullable<Progress['sent']>>[0]);
    },
    cbProvisional: (response: Srf.SrfResponse) => progress.provisional?.(response),
  };
  return srf.createUAC(uri, { localSdp: SDP, headers }, callbacks as never);
}

/** The error that a call ends with. */
export async function failure(
  call: Promise<unknown>,
): Promise<{ status?: number; message: string; res?: Srf.SrfResponse }> {
  return call.then(
    () => ({ message: 'the call was answered' }),
    (error: unknown) => error as { status?: number; message: string },
  );
}

/** The next event of this name, with its last argument. */
export function event(dialog: Srf.Dialog, name: string): Promise<unknown> {
  const emitter = dialog as unknown as { once(name: string, listener: (...args: unknown[]) => void): void };
  return new Promise((resolve) => emitter.once(name, (...args) => resolve(args.at(-1))));
}

/** Answers each request of this kind that comes in a dialog. */
export function respond(dialog: Srf.Dialog, name: string, status: number, options: object): Promise<Srf.SrfRequest> {
  const emitter = dialog as unknown as {
    once(name: string, listener: (req: Srf.SrfRequest, res: Srf.SrfResponse) => void): void;
  };
  return new Promise((resolve) =>
    emitter.once(name, (req, res) => {
      res.send(status, options);
      resolve(req);
    }),
  );
}
