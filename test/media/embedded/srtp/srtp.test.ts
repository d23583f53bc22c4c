import { createHmac, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RtpHeader, RtpPacket, SrtcpSession, SrtpSession } from 'werift';
import { HmacSha1 } from '../../../../media/embedded/srtp/hmac-sha1.ts';
import { deriveSessionKeys } from '../../../../media/embedded/srtp/keys.ts';
import { Keystream } from '../../../../media/embedded/srtp/keystream.ts';
import { ReplayWindow } from '../../../../media/embedded/srtp/replay-window.ts';
import { FORGED, type MasterKey, REPLAYED, SrtpReceiver, SrtpSender } from '../../../../media/embedded/srtp/srtp.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

function rtp(sequence: number, payload: Uint8Array, ssrc = 0x01020304): Buffer {
  const packet = Buffer.alloc(12 + payload.length + 16);
  packet[0] = 0x80;
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE((sequence * 160) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  packet.set(payload, 12);
  return packet;
}

const master = (tagBytes: 10 | 4 = 10): MasterKey => ({ key: randomBytes(16), salt: randomBytes(14), tagBytes });

test('the keystream of RFC 3711 appendix B.2', () => {
  const keystream = new Keystream(hex('2B7E151628AED2A6ABF7158809CF4F3C'), hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'));
  const data = Buffer.alloc(48);
  keystream.apply(data, 0, 48, 0, 0);
  expect(data.toString('hex').toUpperCase()).toBe(
    'E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0',
  );
});

test('the session keys of RFC 3711 appendix B.3', () => {
  const keys = deriveSessionKeys(hex('E1F97A0D3E018BE0D64FA32C06DE4139'), hex('0EC675AD498AFEEBB6960B3AABE6'), 'srtp');
  expect(Buffer.from(keys.encryption)).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
  expect(Buffer.from(keys.salt)).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
  expect(Buffer.from(keys.authentication)).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
});

test('HMAC-SHA1 is what node:crypto computes, for every length and key', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ minLength: 1, maxLength: 100 }),
      fc.integer({ min: 0, max: 0xffffffff }),
      (data, key, suffix) => {
        const trailer = Buffer.alloc(4);
        trailer.writeUInt32BE(suffix);
        const out = new Uint8Array(20);
        new HmacSha1(key).sign(data, data.length, suffix, out);
        expect(Buffer.from(out)).toEqual(createHmac('sha1', key).update(data).update(trailer).digest());
      },
    ),
  );
});

test('a packet is what another implementation makes of it, across the wrap of the sequence number', () => {
  const key = master();
  const keys = {
    localMasterKey: Buffer.from(key.key),
    localMasterSalt: Buffer.from(key.salt),
    remoteMasterKey: Buffer.from(key.key),
    remoteMasterSalt: Buffer.from(key.salt),
  };
  const other = new SrtpSession({ keys, profile: 1 });
  const sender = new SrtpSender(key);
  for (let sequence = 65_500; sequence < 65_600; sequence++) {
    const payload = randomBytes(160);
    const packet = rtp(sequence, payload);
    const length = sender.protectRtp(packet, 172);
    const decoded = RtpPacket.deSerialize(other.decrypt(Buffer.from(packet.subarray(0, length))));
    expect(decoded.payload).toEqual(payload);
    expect(decoded.header.sequenceNumber).toBe(sequence & 0xffff);
  }
});

test('packets of another implementation are understood', () => {
  const key = master();
  const keys = {
    localMasterKey: Buffer.from(key.key),
    localMasterSalt: Buffer.from(key.salt),
    remoteMasterKey: Buffer.from(key.key),
    remoteMasterSalt: Buffer.from(key.salt),
  };
  const other = new SrtpSession({ keys, profile: 1 });
  const receiver = new SrtpReceiver(key);
  const payload = randomBytes(160);
  const header = new RtpHeader({ payloadType: 0, sequenceNumber: 7, timestamp: 1120, ssrc: 99, marker: true });
  const encrypted = Buffer.from(other.encrypt(payload, header));
  const length = receiver.unprotectRtp(encrypted, encrypted.length);
  expect(encrypted.subarray(12, length)).toEqual(payload);

  const otherRtcp = new SrtcpSession({ keys, profile: 1 });
  const report = Buffer.from('80c900010a0b0c0d', 'hex');
  const rtcp = Buffer.from(otherRtcp.encrypt(report));
  expect(rtcp.subarray(0, receiver.unprotectRtcp(rtcp, rtcp.length))).toEqual(report);

  const ours = Buffer.concat([report, Buffer.alloc(14)]);
  const protectedLength = new SrtpSender(key).protectRtcp(ours, report.length);
  expect(otherRtcp.decrypt(ours.subarray(0, protectedLength))).toEqual(report);
});

test('round trip in any order and with any payload size, both tag lengths', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 500 }), { minLength: 1, maxLength: 40 }),
      fc.constantFrom<10 | 4>(10, 4),
      fc.integer({ min: 0, max: 0x7fff }),
      fc.integer({ min: 0, max: 5 }),
      (payloads, tagBytes, first, swap) => {
        const key = master(tagBytes);
        const sender = new SrtpSender(key);
        const receiver = new SrtpReceiver(key);
        const packets = payloads.map((payload, i) => {
          const packet = rtp(first + i, payload);
          return { packet, payload, length: sender.protectRtp(packet, 12 + payload.length) };
        });
        const [moved] = packets.splice(Math.min(swap, packets.length - 1), 1);
        if (moved) packets.push(moved);
        for (const { packet, payload, length } of packets.slice(0, 30)) {
          expect(length).toBe(12 + payload.length + tagBytes);
          const plain = receiver.unprotectRtp(packet, length);
          expect(packet.subarray(12, plain)).toEqual(Buffer.from(payload));
        }
      },
    ),
  );
});

test('a forged, a replayed and a truncated packet are refused, and an index is never sent twice', () => {
  const key = master();
  const sender = new SrtpSender(key);
  const receiver = new SrtpReceiver(key);
  const packet = rtp(1, Buffer.alloc(160, 1));
  const length = sender.protectRtp(packet, 172);
  const copy = Buffer.from(packet);
  const forged = Buffer.from(packet);
  forged[20] = (forged[20] as number) ^ 1;
  expect(receiver.unprotectRtp(forged, length)).toBe(FORGED);
  expect(receiver.unprotectRtp(packet, length)).toBe(172);
  expect(receiver.unprotectRtp(copy, length)).toBe(REPLAYED);
  expect(receiver.unprotectRtp(Buffer.alloc(3), 3)).toBe(-1);
  expect(sender.protectRtp(rtp(1, Buffer.alloc(160, 2)), 172)).toBe(-1);
});

test('random bytes never throw and never pass', () => {
  const receiver = new SrtpReceiver(master());
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(receiver.unprotectRtp(Uint8Array.from(bytes), bytes.length)).toBe(-1);
      expect(receiver.unprotectRtcp(Uint8Array.from(bytes), bytes.length)).toBe(-1);
    }),
  );
});

test('the replay window agrees with a set of the last 64 indices', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 }), (indices) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = -1;
      for (const index of indices) {
        const expected = index > highest || (highest - index < 64 && !seen.has(index));
        expect(window.isFresh(index)).toBe(expected);
        if (!expected) continue;
        window.accept(index);
        seen.add(index);
        highest = Math.max(highest, index);
      }
    }),
  );
});
