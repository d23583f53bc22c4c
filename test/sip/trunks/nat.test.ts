/**
 * A telephone behind a NAT: what it says of itself (Via, Contact, SDP) is 10.0.0.5, its packets come through a mapping. The
 * mapping is a relay of UDP that changes nothing in the messages, as home routers do.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { header } from '../../../sip/message/index.ts';
import { OFFER } from '../call/world.ts';
import { Provider } from '../registration/provider.ts';
import { watched } from '../registration/registered.ts';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Sends on what comes at either of its two sides; the gateway sees its outer side. */
async function nat(inside: number, gateway: () => number): Promise<{ inner: number; outer: number }> {
  const open = async (): Promise<Socket> => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    stops.unshift(() => socket.close());
    return socket;
  };
  const [inner, outer] = [await open(), await open()];
  inner.on('message', (bytes) => outer.send(bytes, gateway(), '127.0.0.1'));
  outer.on('message', (bytes) => inner.send(bytes, inside, '127.0.0.1'));
  return { inner: inner.address().port, outer: outer.address().port };
}

test('calls us, hears the answer, and hears when we hang up', async () => {
  const phone = await Provider.open();
  stops.unshift(() => phone.close());
  let gatewayPort = 0;
  const mapping = await nat(phone.port, () => gatewayPort);
  const here = await watched([{ name: 'a', host: '127.0.0.1', port: mapping.outer }]);
  stops.unshift(() => here.close());
  const endpoints = here.calls.health().servers[0]?.endpoints ?? '';
  gatewayPort = Number(/udp\/127\.0\.0\.1:(\d+)/.exec(endpoints)?.[1]);

  const answered = phone.send(
    'INVITE',
    `sip:300@127.0.0.1:${gatewayPort}`,
    {
      Via: 'SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bKnat1;rport',
      Contact: '<sip:phone@10.0.0.5:5060>',
      'Content-Type': 'application/sdp',
      'Call-ID': 'behind-nat',
    },
    OFFER.replaceAll('127.0.0.1', '10.0.0.5'),
    mapping.inner,
  );
  await here.heard(() => here.came.length === 1);
  const call = here.came[0];
  expect(call?.called).toBe('300');
  const acknowledged = call?.leg.answer(OFFER);
  const ok = await answered;
  expect(ok).toMatchObject({ status: 200 });
  // RFC 3581 §4: the mapping's address and port.
  expect(header(ok, 'via')).toContain(`;rport=${mapping.outer};received=127.0.0.1`);
  phone.acknowledge(ok, `sip:127.0.0.1:${gatewayPort}`, mapping.inner);
  await acknowledged;

  call?.leg.hangup();
  const bye = await phone.request('BYE');
  expect(bye.uri).toBe('sip:phone@10.0.0.5:5060');
  expect(header(bye, 'call-id')).toBe('behind-nat');
});
