import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DtlsReader } from '../../../../media/embedded/webrtc/dtls-reader.ts';

const CLIENT_HELLO = 1;
const CERTIFICATE = 11;
const CERTIFICATE_VERIFY = 15;
const KEY_EXCHANGE = 16;

const record = (type: number, epoch: number, body: Buffer): Buffer => {
  const header = Buffer.alloc(13);
  header[0] = type;
  header.writeUInt16BE(0xfefd, 1);
  header.writeUInt16BE(epoch, 3);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
};

const fragment = (type: number, sequence: number, body: Buffer, offset = 0, length = body.length): Buffer => {
  const header = Buffer.alloc(12);
  header[0] = type;
  header.writeUIntBE(body.length, 1, 3);
  header.writeUInt16BE(sequence, 4);
  header.writeUIntBE(offset, 6, 3);
  header.writeUIntBE(length, 9, 3);
  return Buffer.concat([header, body.subarray(offset, offset + length)]);
};

const message = (type: number, sequence: number, text: string): Buffer =>
  record(22, 0, fragment(type, sequence, Buffer.from(text)));

function reader(role: 'client' | 'server' = 'server') {
  const delivered: string[] = [];
  const dtls = new DtlsReader(role, (bytes) => {
    delivered.push(bytes[0] === 22 && bytes.readUInt16BE(3) === 0 ? bytes.subarray(25).toString() : `type ${bytes[0]}`);
  });
  return { delivered, dtls };
}

const FLIGHTS = [
  [CLIENT_HELLO, 'hello'],
  [CLIENT_HELLO, 'hello with cookie'],
  [CERTIFICATE, 'certificate'],
  [KEY_EXCHANGE, 'key exchange'],
  [CERTIFICATE_VERIFY, 'verify'],
] as const;

describe('messages', () => {
  test('are delivered whole, once and in order, however they were cut, doubled and mixed', () => {
    const plan = fc.record({
      cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: FLIGHTS.length, maxLength: FLIGHTS.length }),
      order: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
      doubled: fc.boolean(),
    });
    fc.assert(
      fc.property(plan, ({ cuts, order, doubled }) => {
        const datagrams = FLIGHTS.flatMap(([type, text], sequence) => {
          const body = Buffer.from(text);
          const size = cuts[sequence] as number;
          const pieces: Buffer[] = [];
          for (let at = 0; at < body.length; at += size) {
            const length = Math.min(size, body.length - at);
            pieces.push(record(22, 0, fragment(type, sequence, body, at, length)));
          }
          return doubled ? [...pieces, ...pieces] : pieces;
        });
        const mixed = datagrams
          .map((datagram, i) => ({ datagram, key: order[i % order.length] as number }))
          .sort((a, b) => a.key - b.key);
        const { delivered, dtls } = reader();
        for (const { datagram } of mixed) dtls.receive(datagram);
        // A repeated hello may be delivered again while it is the last message: that makes the server answer again.
        const once = delivered.filter((text, i) => text !== delivered[i - 1]);
        expect(once).toEqual(FLIGHTS.map(([, text]) => text));
      }),
    );
  });

  test('an old hello does not start the handshake anew', () => {
    const { delivered, dtls } = reader();
    dtls.receive(message(CLIENT_HELLO, 0, 'hello'));
    dtls.receive(message(CLIENT_HELLO, 0, 'hello'));
    dtls.receive(message(CLIENT_HELLO, 1, 'cookie'));
    dtls.receive(message(CLIENT_HELLO, 0, 'hello'));
    dtls.receive(message(CLIENT_HELLO, 1, 'cookie'));
    expect(delivered).toEqual(['hello', 'hello', 'cookie', 'cookie']);
  });

  test('several in one record and several records in one datagram', () => {
    const { delivered, dtls } = reader();
    const two = record(
      22,
      0,
      Buffer.concat([fragment(CLIENT_HELLO, 0, Buffer.from('a')), fragment(CLIENT_HELLO, 1, Buffer.from('b'))]),
    );
    dtls.receive(Buffer.concat([two, message(CERTIFICATE, 2, 'c'), record(20, 0, Buffer.from([1]))]));
    expect(delivered).toEqual(['a', 'b', 'c', 'type 20']);
  });
});

describe('encrypted records', () => {
  test('wait at the server for the messages that make the keys', () => {
    const { delivered, dtls } = reader();
    dtls.receive(record(22, 1, Buffer.from('finished')));
    for (const [sequence, [type, text]] of FLIGHTS.entries()) dtls.receive(message(type, sequence, text));
    expect(delivered).toEqual([...FLIGHTS.map(([, text]) => text), 'type 22']);
  });

  test('a forged alert without keys is ignored once there are keys', () => {
    const { delivered, dtls } = reader();
    for (const [sequence, [type, text]] of FLIGHTS.entries()) dtls.receive(message(type, sequence, text));
    dtls.receive(record(21, 0, Buffer.from([1, 0])));
    expect(delivered).not.toContain('type 21');
  });
});

test('anything is read without harm, and unknown record types go no further', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom<'client' | 'server'>('client', 'server'),
      (bytes, role) => {
        const { delivered, dtls } = reader(role);
        dtls.receive(Buffer.from(bytes));
        dtls.receive(Buffer.concat([Buffer.from([22, 254, 253]), Buffer.from(bytes)]));
        expect(delivered.every((text) => !/^type (?!20|21|22|23)/.test(text))).toBe(true);
      },
    ),
  );
});
