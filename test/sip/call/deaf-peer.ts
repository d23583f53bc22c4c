/** A callee on UDP that hears no ACK: it sends its 200 again for each. SIPp cannot: it takes the same ACK twice for one. */
import { createSocket } from 'node:dgram';
import {
  lenient,
  makeHeader,
  makeResponse,
  parseMessage,
  type SipRequest,
  serialize,
} from '../../../sip/message/index.ts';
import { Waiting } from '../../world/wait.ts';
import { OFFER } from './world.ts';

export interface DeafPeer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Settles when so many ACKs have come. */
  acknowledged(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param options `answers: false`: it says nothing at all */
export async function startDeafPeer(options: { answers?: boolean } = {}): Promise<DeafPeer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  let invite: SipRequest | undefined;
  let acks = 0;
  const waiting = new Waiting();

  socket.on('message', (datagram, from) => {
    const message = lenient(() => parseMessage(datagram));
    if (message?.kind !== 'request' || options.answers === false) return;
    if (message.method === 'ACK') {
      acks++;
      waiting.announce();
    }
    if (message.method === 'INVITE') invite = message;
    const answered = message.method === 'ACK' ? (acks < 5 ? invite : undefined) : message;
    if (answered === undefined) return;
    const response = makeResponse(answered, 200, {
      toTag: 'deaf',
      headers: [
        makeHeader('Contact', `<sip:deaf@127.0.0.1:${port}>`),
        ...(answered.method === 'INVITE' ? [makeHeader('Content-Type', 'application/sdp')] : []),
      ],
      ...(answered.method === 'INVITE' ? { body: Buffer.from(OFFER) } : {}),
    });
    socket.send(serialize(response), from.port, from.address);
  });

  return {
    host: '127.0.0.1',
    port,
    async acknowledged(count) {
      await waiting.until(() => acks >= count);
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
