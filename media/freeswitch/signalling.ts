/** SIP between the gateway and its media servers: INVITEs with an offer of ours, and those that bring FreeSWITCH's. */

import Srf from 'drachtio-srf';
import type { Logger } from 'pino';
import { MediaError } from '../engine.ts';

/** A dialog with FreeSWITCH. */
export interface LegDialog {
  readonly callId: string;
  /** FreeSWITCH's description. */
  readonly remoteSdp: string;
  /** Sends a new offer; resolves with the answer. */
  modify(sdp: string): Promise<string>;
  destroy(): Promise<void>;
}

/** An INVITE of FreeSWITCH that waits for the answer of whoever its offer is for. */
export interface LegInvite {
  readonly offer: string;
  early(sdp: string): void;
  answer(sdp: string): Promise<LegDialog>;
  reject(): void;
}

export interface Signalling {
  readonly isConnected: boolean;
  readonly srf: Srf;
  /** Sends an INVITE with an offer; resolves with FreeSWITCH's answer. */
  call(uri: string, sdp: string, callId: string, headers: Readonly<Record<string, string>>): Promise<LegDialog>;
  /** The INVITE whose request URI has this user part. Forgotten when `signal` aborts. */
  expect(user: string, signal: AbortSignal): Promise<LegInvite>;
  close(): void;
}

interface SrfDialog {
  readonly sip: { readonly callId: string };
  readonly remote: { readonly sdp: string };
  modify(sdp: string): Promise<string>;
  destroy(): Promise<unknown>;
  on(event: string, listener: () => void): void;
}

/** Connects to the SIP server, and again whenever the connection is lost. */
export function openSignalling(
  address: { readonly host: string; readonly port: number; readonly secret: string },
  logger: Logger,
): Signalling {
  const srf = new Srf();
  const expected = new Map<string, (invite: LegInvite) => void>();
  let isConnected = false;
  srf.on('connect', (error: Error | null) => {
    isConnected = !error;
    if (error) logger.warn({ err: error }, 'the SIP server of the media servers refuses the connection');
  });
  for (const event of ['error', 'close', 'reconnecting'] as const) {
    srf.on(event as 'error', () => {
      if (isConnected) logger.warn('the connection to the SIP server of the media servers is lost');
      isConnected = false;
    });
  }
  srf.invite((req, res) => {
    const user = /^sips?:([^@]+)@/.exec(req.uri)?.[1] ?? '';
    const take = expected.get(user);
    if (!take) {
      res.send(404);
      return;
    }
    expected.delete(user);
    // FreeSWITCH waits for as long as a telephone rings, once it has heard of it.
    res.send(180);
    take({
      offer: req.body,
      early: (sdp) => res.send(183, { body: sdp }),
      answer: async (sdp) => toLegDialog((await srf.createUAS(req, res, { localSdp: sdp })) as unknown as SrfDialog),
      reject: () => res.send(480),
    });
  });
  srf.connect({ host: address.host, port: address.port, secret: address.secret });
  return {
    srf,
    get isConnected() {
      return isConnected;
    },
    call: async (uri, localSdp, callId, headers) => {
      const dialog = await srf.createUAC(uri, { localSdp, headers: { ...headers, 'Call-ID': callId } });
      return toLegDialog(dialog as unknown as SrfDialog);
    },
    expect: (user, signal) =>
      new Promise((resolve, reject) => {
        expected.set(user, resolve);
        signal.addEventListener('abort', () => {
          expected.delete(user);
          reject(new MediaError('engine-failed', 'FreeSWITCH did not send the INVITE that it was asked for'));
        });
      }),
    close: () => srf.disconnect(),
  };
}

function toLegDialog(dialog: SrfDialog): LegDialog {
  // Without a listener the answer to a BYE of FreeSWITCH's would be left to the library.
  dialog.on('destroy', () => {});
  return {
    callId: dialog.sip.callId,
    remoteSdp: dialog.remote.sdp,
    modify: (sdp) => dialog.modify(sdp),
    destroy: async () => {
      await dialog.destroy();
    },
  };
}
