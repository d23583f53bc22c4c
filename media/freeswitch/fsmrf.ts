/** drachtio-fsmrf, which has no types of its own: one media server's event socket, as far as it is used here. */

import Mrf from 'drachtio-fsmrf';
import type Srf from 'drachtio-srf';
import { MediaError } from '../engine.ts';
import { checkLogin } from './login.ts';
import { within } from './time-limit.ts';

/** An event of a channel. */
export interface ChannelEvent {
  readonly name: string;
  /** The channel's UUID. */
  readonly uuid: string;
  header(name: string): string | undefined;
}

export interface EventSocketListener {
  event(event: ChannelEvent): void;
  /** The connection is gone for good; another one has to be opened. */
  ended(): void;
}

/** An event socket that is open. */
export interface EventSocket {
  readonly version: string;
  /** Where its SIP profile listens. */
  readonly sipAddress: string;
  /** Channels that the server has, whoever they belong to; from its heartbeat. */
  readonly channels: number;
  /** @throws MediaError `engine-failed` when the server says `-ERR` or nothing at all */
  command(text: string): Promise<string>;
  /** A command that takes its time; its result is of no interest, because events tell it. */
  start(command: string): void;
  close(): void;
}

const EVENTS = [
  'BACKGROUND_JOB',
  'CHANNEL_PARK',
  'CHANNEL_HANGUP',
  'CHANNEL_BRIDGE',
  'DTMF',
  'PLAYBACK_START',
  'PLAYBACK_STOP',
  'RECORD_STOP',
];

export interface EventSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly profile: string;
  readonly timeoutMs: number;
}

/**
 * Logs in at an event socket and finds the server's SIP profile.
 * @throws MediaError `engine-failed` when it cannot be reached, refuses the password, or has no such profile that runs
 */
export async function openEventSocket(
  srf: Srf,
  options: EventSocketOptions,
  listener: EventSocketListener,
): Promise<EventSocket> {
  const { host, port, secret, timeoutMs } = options;
  const where = `FreeSWITCH at ${host}:${port}`;
  if (/[\r\n]/.test(secret)) throw new MediaError('engine-failed', `the secret of ${where} has a line break in it`);
  await checkLogin(host, port, secret, timeoutMs);
  const connecting = new Mrf(srf).connect({
    address: host,
    port,
    secret,
    // It listens for connections of channels, which are not used here.
    listenAddress: '127.0.0.1',
    // fsmrf throws out of a timer's callback when it does not find the profile; this pattern matches anything, and we look.
    profile: '|',
  });
  const server = await within(timeoutMs, where, connecting).catch((cause) => {
    void connecting.then((late) => late.disconnect()).catch(() => {});
    throw new MediaError('engine-failed', `${where} cannot be used: ${messageOf(cause)}`, { cause });
  });
  // From now on fsmrf neither prints to the console nor tells of the end by itself.
  server.closing = true;
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    server.disconnect();
  };
  const command = async (text: string): Promise<string> => {
    if (isClosed) throw new MediaError('engine-failed', `${where} is not connected`);
    const reply = (await within(timeoutMs, where, server.api(text))) ?? '';
    if (reply.startsWith('-ERR')) {
      throw new MediaError('engine-failed', `${where} refused "${text.split(' ')[0]}": ${reply.trim()}`);
    }
    return reply;
  };
  server.conn.on('esl::end', () => {
    const wasOpen = !isClosed;
    close();
    if (wasOpen) listener.ended();
  });
  server.conn.on('error', () => {});
  server.conn.subscribe(EVENTS);
  server.conn.on('esl::event::*::*', (event) => {
    const name = event.getHeader?.('Event-Name');
    const uuid = event.getHeader?.('Unique-ID');
    if (name && uuid) listener.event({ name, uuid, header: (header) => event.getHeader(header) ?? undefined });
  });
  try {
    const sipAddress = sipAddressOf(await command('sofia status'), options.profile);
    if (!sipAddress)
      throw new MediaError('engine-failed', `${where} has no SIP profile "${options.profile}" that runs`);
    const version = /FreeSWITCH Version (\S+)/.exec(await command('version'))?.[1] ?? 'unknown';
    return {
      version,
      sipAddress,
      get channels() {
        return Number.isFinite(server.currentSessions) ? server.currentSessions : 0;
      },
      command,
      start: (text) => {
        if (!isClosed) server.conn.bgapi(text);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The address of a profile that runs, from `sofia status`; the TLS one is another line. */
export function sipAddressOf(status: string, profile: string): string | undefined {
  for (const line of status.split('\n')) {
    const [name, type, url, ...state] = line.trim().split(/\s+/);
    const address = /^sip:mod_sofia@(\S+?:\d+)/.exec(url ?? '')?.[1];
    if (name === profile && type === 'profile' && address && state.includes('RUNNING') && !line.includes('(TLS)')) {
      return address;
    }
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
