import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { checkLogin } from '../../../media/freeswitch/login.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** An event socket that speaks as FreeSWITCH does. */
async function listen(onConnection: (socket: Socket) => void): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const asksFor = (secret: string) => (socket: Socket) => {
  socket.write('Content-Type: auth/request\n\n');
  socket.on('data', (data) =>
    socket.write(
      `Content-Type: command/reply\nReply-Text: ${data.toString() === `auth ${secret}\n\n` ? '+OK accepted' : '-ERR invalid'}\n\n`,
    ),
  );
};

test('the right password', async () => {
  await expect(checkLogin('127.0.0.1', await listen(asksFor('right')), 'right', 2000)).resolves.toBeUndefined();
});

test.each<[string, (socket: Socket) => void, RegExp]>([
  ['a wrong password', asksFor('right'), /refused the password/],
  [
    'an address that is not allowed',
    (socket) => socket.end('Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n'),
    /refuses our address/,
  ],
  ['a server that hangs up', (socket) => socket.destroy(), /closed the connection|ECONNRESET/],
])('%s is told', async (_name, onConnection, message) => {
  await expect(checkLogin('127.0.0.1', await listen(onConnection), 'wrong', 2000)).rejects.toMatchObject({
    code: 'engine-failed',
    message: expect.stringMatching(message),
  });
});

test('nobody there is told', async () => {
  const port = await listen(() => {});
  await new Promise<void>((resolve) => server?.close(() => resolve()));
  server = undefined;
  await expect(checkLogin('127.0.0.1', port, 'x', 2000)).rejects.toMatchObject({
    message: expect.stringContaining('cannot be reached (ECONNREFUSED)'),
  });
});
