/** FreeSWITCH as the engine sees it, in this process: an event socket that remembers its commands, and dialogs. */

import type { EventSocket, EventSocketListener, EventSocketOptions } from '../../../media/freeswitch/fsmrf.ts';
import type { ConnectEventSocket } from '../../../media/freeswitch/server.ts';
import type { LegDialog, Signalling } from '../../../media/freeswitch/signalling.ts';

export class FakeFreeswitch {
  readonly commands: string[] = [];
  /** What a command is answered; `undefined` never answers. */
  reply: (command: string) => string | undefined = () => '+OK';
  /** Refuses connections while set. */
  refusal: string | undefined;
  channels = 0;
  connections = 0;
  #listener: EventSocketListener | undefined;

  readonly connect = async (_options: EventSocketOptions, listener: EventSocketListener): Promise<EventSocket> => {
    if (this.refusal) throw new Error(this.refusal);
    this.connections++;
    this.#listener = listener;
    const channels = () => this.channels;
    return {
      version: '1.11',
      sipAddress: '192.0.2.1:5080',
      get channels() {
        return channels();
      },
      command: async (text) => {
        this.commands.push(text);
        const reply = this.reply(text);
        return reply ?? new Promise<string>(() => {});
      },
      start: (text) => void this.commands.push(text),
      close: () => {},
    };
  };

  event(name: string, uuid: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#listener?.event({ name, uuid, header: (header) => headers[header] });
  }

  /** Its process is gone. */
  die(): void {
    this.#listener?.ended();
  }
}

/** Several by their port. */
export function connectTo(servers: Readonly<Record<number, FakeFreeswitch>>): ConnectEventSocket {
  return async (options, listener) => {
    const server = servers[options.port];
    if (!server) throw new Error(`nobody at port ${options.port}`);
    return server.connect(options, listener);
  };
}

/** SIP that answers each INVITE with `answer`; `undefined` never answers. */
export function fakeSignalling(answer: string | undefined, calls: string[] = []): Signalling {
  const dialog = (callId: string, remoteSdp: string): LegDialog => ({
    callId,
    remoteSdp,
    modify: async () => remoteSdp,
    // As drachtio-srf's does after its server was restarted.
    destroy: () => new Promise(() => {}),
  });
  return {
    isConnected: true,
    srf: undefined as unknown as Signalling['srf'],
    call: async (_uri, _sdp, callId) => {
      calls.push(callId);
      return answer === undefined ? new Promise<LegDialog>(() => {}) : dialog(callId, answer);
    },
    expect: (_user, signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('no INVITE')))),
    close: () => {},
  };
}
