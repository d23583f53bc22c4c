import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ListenError, type ListenerSettings, startEmbeddedSipServer } from '../../../../sip/server/index.ts';
import { silent } from '../harness.ts';

function start(...listeners: ListenerSettings[]): Promise<unknown> {
  return startEmbeddedSipServer({ listeners }, silent);
}

describe('a listener that cannot be opened', () => {
  it('says which, and that another program has its port', async () => {
    const holder = createSocket('udp4');
    await new Promise<void>((resolve) => holder.bind(0, '127.0.0.1', resolve));
    const { port } = holder.address();
    const error = await start({ transport: 'udp', host: '127.0.0.1', port }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ transport: 'udp', port, code: 'EADDRINUSE' });
    expect(String(error)).toContain(`cannot listen at udp 127.0.0.1:${port}: another program has this port`);
    holder.close();
  });

  it('leaves nothing open of the listeners before it', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = holder.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const free = createSocket('udp4');
    await new Promise<void>((resolve) => free.bind(0, '127.0.0.1', resolve));
    const udpPort = free.address().port;
    await new Promise<void>((resolve) => free.close(() => resolve()));
    const first = { transport: 'udp', host: '127.0.0.1', port: udpPort } as const;
    await expect(start(first, { transport: 'tcp', host: '127.0.0.1', port })).rejects.toThrow(`tcp 127.0.0.1:${port}`);
    const server = await startEmbeddedSipServer({ listeners: [first] }, silent);
    await server.close();
    holder.close();
  });

  it('is not in the way of the other address family on the same port', async () => {
    const ipv6 = await startEmbeddedSipServer(
      { listeners: (['udp', 'tcp'] as const).map((transport) => ({ transport, host: '::', port: 0 })) },
      silent,
    );
    const ipv4 = await startEmbeddedSipServer(
      { listeners: ipv6.addresses.map(({ transport, port }) => ({ transport, host: '0.0.0.0', port })) },
      silent,
    );
    expect(ipv4.addresses.map(({ port }) => port)).toEqual(ipv6.addresses.map(({ port }) => port));
    await ipv4.close();
    await ipv6.close();
  });

  it('says that an address is not ours, and that TLS material is of no use', async () => {
    await expect(start({ transport: 'udp', host: '192.0.2.1', port: 0 })).rejects.toThrow('does not have this address');
    const tls = { cert: 'nonsense', key: 'nonsense' };
    await expect(start({ transport: 'tls', host: '127.0.0.1', port: 0, tls })).rejects.toThrow(ListenError);
  });
});
