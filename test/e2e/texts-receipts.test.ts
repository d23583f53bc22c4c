/** What becomes of a text, where the trunk tells it: IMDN in envelopes (RFC 5438), status reports of mobile networks. */
import { describe, expect, it } from 'vitest';
import {
  type Imdn,
  parseCpim,
  parseImdn,
  parseRp,
  parseTpdu,
  type Submit,
  serializeCpim,
  serializeImdn,
  serializeRp,
  serializeStatusReport,
} from '../../sip/text/codec/index.ts';
import type { PeerText, TextPeer } from '../world/peers/texter.ts';
import { until } from '../world/wait.ts';
import { useWorld } from '../world/world.ts';
import { newNumber, textPeer, textWorld, Writer } from './texting.ts';

describe('a trunk with envelopes', () => {
  const world = useWorld(textWorld({ trunk: { format: 'cpim', receipts: true } }));

  async function conversation() {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    return { peer, writer, telephone, chat: await writer.chatWith(telephone) };
  }

  function tell(peer: TextPeer, { from, to }: PeerText, receipt: Imdn): Promise<number> {
    const body = serializeCpim({
      from: { uri: `sip:${to}@example.org` },
      to: [{ uri: `sip:${from}@example.org` }],
      contentType: 'message/imdn+xml',
      disposition: 'notification',
      body: Buffer.from(serializeImdn(receipt)),
    });
    return peer.send({ from: to, to: from, body, contentType: 'message/cpim' });
  }

  it('is asked what becomes of a text, and its writer sees it', async () => {
    const { peer, telephone, chat } = await conversation();
    const eventId = await chat.write('Grüße 😀');
    const text = await peer.receives(({ to }) => to === telephone);
    const cpim = parseCpim(text.bytes);
    expect(cpim.body.toString()).toBe('Grüße 😀');
    expect(cpim.imdn?.wants).toEqual({ delivered: true, failed: true, displayed: true });
    await chat.status(eventId, 'SUCCESS');
    await chat.deliveredTo(eventId, 0);

    const messageId = cpim.imdn?.messageId ?? '';
    expect(await tell(peer, text, { messageId, notification: 'delivery', state: 'delivered' })).toBe(200);
    await chat.deliveredTo(eventId, 1);
    expect(await tell(peer, text, { messageId, notification: 'display', state: 'displayed' })).toBe(200);
    expect(await tell(peer, text, { messageId: 'of nobody', notification: 'display', state: 'displayed' })).toBe(200);
    expect(await chat.bodies()).toEqual([]);
  });

  it('that could not deliver a text says so, and its writer reads why', async () => {
    const { peer, telephone, chat } = await conversation();
    const eventId = await chat.write('lost');
    const text = await peer.receives(({ to }) => to === telephone);
    await chat.status(eventId, 'SUCCESS');
    const messageId = parseCpim(text.bytes).imdn?.messageId ?? '';
    await tell(peer, text, { messageId, notification: 'delivery', state: 'failed' });
    expect(await chat.status(eventId, 'FAIL_RETRIABLE')).not.toBe('');
  });

  it('whose telephone asks is told that its text is shown', async () => {
    const { peer, writer, telephone, chat } = await conversation();
    const body = serializeCpim({
      from: { uri: `sip:${telephone}@example.org` },
      to: [{ uri: `sip:${writer.number}@example.org` }],
      imdn: { messageId: 'm-1', wants: { delivered: true, failed: true, displayed: true } },
      contentType: 'text/plain;charset=utf-8',
      body: Buffer.from('Please tell me'),
    });
    expect(await peer.send({ from: telephone, to: writer.number, body, contentType: 'message/cpim' })).toBe(200);
    await chat.receives('Please tell me');
    const told = await peer.receives(({ contentType }) => contentType.startsWith('message/cpim'));
    expect(parseImdn(parseCpim(told.bytes).body)).toMatchObject({ messageId: 'm-1', state: 'delivered' });
  });
});

describe('a trunk of a mobile network', () => {
  const world = useWorld(textWorld({ trunk: { format: '3gpp', receipts: true } }));

  it('carries a long text in numbered parts, and says when all are there', async () => {
    const peer = await textPeer(world.current);
    const writer = await Writer.join(world.current);
    const telephone = newNumber();
    const chat = await writer.chatWith(telephone);
    const body = 'All of this €uro text belongs together. '.repeat(10).trim();
    const eventId = await chat.write(body);
    const parts = () => peer.texts.map(({ bytes }) => submitOf(bytes)).filter((part) => part !== undefined);
    await until('three parts', () => parts().length === 3);
    const inOrder = parts().toSorted((a, b) => (a.part?.index ?? 0) - (b.part?.index ?? 0));
    expect(inOrder.map(({ text }) => text).join('')).toBe(body);
    expect(new Set(inOrder.map(({ part }) => part?.reference)).size).toBe(1);
    expect(inOrder.every(({ recipient, wantsReport }) => recipient === telephone && wantsReport)).toBe(true);
    await chat.status(eventId, 'SUCCESS');
    for (const { reference } of inOrder) {
      await chat.deliveredTo(eventId, 0);
      const now = Date.now();
      const tpdu = serializeStatusReport({
        reference,
        recipient: telephone,
        sentAt: now,
        dischargedAt: now,
        status: 0,
      });
      const rp = serializeRp({ kind: 'data', direction: 'to-mobile', reference: 9, originator: '+447700900000', tpdu });
      const contentType = 'application/vnd.3gpp.sms';
      expect(await peer.send({ from: 'smsc', to: writer.number, body: rp, contentType })).toBeLessThan(300);
    }
    await chat.deliveredTo(eventId, 1);
  });
});

function submitOf(bytes: Buffer): Submit | undefined {
  const rp = parseRp(bytes);
  const tpdu = rp.kind === 'data' ? parseTpdu(rp.tpdu, rp.direction) : undefined;
  return tpdu?.kind === 'submit' ? tpdu : undefined;
}
