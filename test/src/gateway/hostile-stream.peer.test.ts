/** A trunk over TCP whose stream is as bad as can be: the call ends in words, and the next one works. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHeader, makeResponse, parseMessage, type SipRequest, serialize } from '../../../sip/message/index.ts';
import { freePort } from '../../world/ports.ts';
import { House } from './house.ts';
import { answering } from './telephone.ts';

let house: House;
let server: Server;
/** What the next INVITE is answered with. */
let answer: (invite: SipRequest, socket: Socket) => void = () => {};

beforeAll(async () => {
  const port = await freePort();
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (!bytes.toString().startsWith('INVITE')) return;
      const message = parseMessage(bytes);
      if (message.kind === 'request') answer(message, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  house = await House.open({ trunk: { transport: 'tcp', port } });
});
afterAll(async () => {
  await house?.close();
  server?.close();
});

function response(invite: SipRequest, status: number, body = ''): Buffer {
  return serialize(
    makeResponse(invite, status, {
      toTag: 'phone',
      headers: [
        makeHeader('Contact', '<sip:phone@127.0.0.1;transport=tcp>'),
        makeHeader('Content-Type', 'application/sdp'),
      ],
      body: Buffer.from(body),
    }),
  );
}

describe('an INVITE answered over TCP with', () => {
  it.each<[string, (invite: SipRequest, socket: Socket) => void]>([
    [
      '100 KB of SDP',
      (invite, socket) => socket.write(response(invite, 200, answering() + 'a=x:012345\r\n'.repeat(8_500))),
    ],
    ['rubbish', (_invite, socket) => socket.write('\u0007 rubbish\r\n: more of it\r\n\r\n')],
    ['half a message and the end', (invite, socket) => socket.end(response(invite, 200, answering()).subarray(0, 100))],
    [
      'a length that lies',
      (invite, socket) =>
        socket.end(
          response(invite, 200)
            .toString()
            .replace(/Length: 0/, 'Length: 99'),
        ),
    ],
    ['a reset', (_invite, socket) => socket.resetAndDestroy()],
    ['a header without end', (_invite, socket) => socket.write(`SIP/2.0 200 OK\r\nX: ${'x'.repeat(300_000)}`)],
  ])('%s ends in words', async (_name, how) => {
    answer = how;
    const call = await house.call();
    call.invite();
    expect((await call.next('m.call.reject')).reason).toBe('unknown_error');
    expect(await call.words()).toMatch(/\w/);
    await house.quiet();

    answer = (invite, socket) => socket.write(response(invite, 486));
    const next = await house.call();
    next.invite();
    expect((await next.next('m.call.reject')).reason).toBe('user_busy');
    await house.quiet();
  });
});
