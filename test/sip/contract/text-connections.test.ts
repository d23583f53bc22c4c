/** Texts by TCP: what a connection that fails says about the text, and what has no place in UDP. */
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { header, lenient, parseMessage } from '../../../sip/message/index.ts';
import { freePort } from '../../world/ports.ts';
import { SERVERS } from './servers.ts';
import { TextWorld } from './text-world.ts';

describe.each(SERVERS)('on the $name server', (server) => {
  const closing: (() => void)[] = [];
  let world: TextWorld;
  afterEach(async () => {
    for (const close of closing.splice(0)) close();
    await world.close();
  });

  /** A far side that speaks TCP. @param heard is given each piece that comes */
  async function listen(heard: (socket: Socket, bytes: Buffer) => void): Promise<number> {
    const sockets: Socket[] = [];
    const far: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => heard(socket, bytes));
    });
    await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      far.close();
    });
    const address = far.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  const open = async (port: number): Promise<void> => {
    world = await TextWorld.open({ server, trunk: { transport: 'tcp', port } });
  };

  test('a connection that could not be made: it has certainly not arrived', async () => {
    await open(await freePort());
    expect(await world.calls.texts.send(world.text())).toMatchObject({
      kind: 'failed',
      failure: { origin: 'transport' },
      // A drachtio server does not say which it was.
      mayHaveArrived: !server.isEmbedded,
    });
  });

  // A drachtio server finds out by its timer, after 32 s.
  test.runIf(server.isEmbedded)('a connection that ended before the answer: it may have arrived', async () => {
    await open(await listen((socket) => socket.destroy()));
    expect(await world.calls.texts.send(world.text())).toMatchObject({ kind: 'failed', mayHaveArrived: true });
  });

  test('a text that no UDP packet holds', async () => {
    const text = '字'.repeat(5_000);
    const pieces: Buffer[] = [];
    await open(
      await listen((socket, bytes) => {
        pieces.push(bytes);
        const request = lenient(() => parseMessage(Buffer.concat(pieces)));
        if (request?.kind !== 'request' || request.body.toString() !== text) return;
        const same = ['Via', 'From', 'Call-ID', 'CSeq'] as const;
        const lines = same.map((name) => `${name}: ${header(request, name.toLowerCase() as Lowercase<typeof name>)}`);
        const to = `To: ${header(request, 'to')};tag=far`;
        socket.write(['SIP/2.0 200 OK', ...lines, to, 'Content-Length: 0', '', ''].join('\r\n'));
      }),
    );
    expect(world.calls.texts.limits('test')).toEqual({ maxBytes: 10_000, isSms: false });
    // A drachtio server takes no message of more than 12,000 bytes of an application.
    expect(await world.calls.texts.send(world.text({ text }))).toMatchObject(
      server.isEmbedded ? { kind: 'accepted' } : { kind: 'failed', mayHaveArrived: false },
    );
  });
});
