import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildUdh, type PartToSend, parseUdh, ucs2Encode } from '../../../src/message/index.ts';
import {
  cutFor,
  decodeText,
  encodeText,
  type Fields,
  messageIdOf,
  numberOf,
  readDelivered,
  readReceipt,
  type SubmitForm,
  smppAddress,
  statusRow,
  submitFields,
  usualTypes,
} from '../../../src/smpp/codec/index.ts';
import { Frames } from '../../../src/smpp/session/frames.ts';
import { PduError, readPdu, statusName, writePdu } from '../../../src/smpp/session/pdu.ts';
import { toUs } from './smsc.ts';

const form: SubmitForm = {
  alphabet: 'gsm7',
  long: 'udh',
  types: usualTypes,
  plus: false,
  serviceType: '',
  receipts: true,
};
const reading = { alphabet: 'gsm7', messageIds: 'same', bareIsInternational: true } as const;

describe('addresses', () => {
  it.each([
    ['+447700900123', { ton: 1, npi: 1, address: '447700900123' }],
    ['07700900123', { ton: 2, npi: 1, address: '07700900123' }],
    ['62442', { ton: 3, npi: 0, address: '62442' }],
    ['Example', { ton: 5, npi: 0, address: 'Example' }],
    ['3Store', { ton: 5, npi: 0, address: '3Store' }],
    ['*100#', { ton: 3, npi: 0, address: '*100#' }],
    ['Twelve chars', undefined],
    ['Grüße', undefined],
    ['+1234567890123456789012', undefined],
    ['', undefined],
  ])('%s', (number, address) => {
    expect(smppAddress(number)).toEqual(address);
  });

  it('keeps the "+" where it is wanted', () => {
    expect(smppAddress('+447700900123', { plus: true })?.address).toBe('+447700900123');
  });

  it.each([
    [1, '447700900123', '+447700900123'],
    [1, '+447700900123', '+447700900123'],
    [1, '00447700900123', '+447700900123'],
    [0, '447700900123', '+447700900123'],
    [0, '+447700900123', '+447700900123'],
    [2, '07700900123', '07700900123'],
    [2, '7700900123', '7700900123'],
    [0, '07700900123', '07700900123'],
    [0, '62442', '62442'],
    [3, '62442', '62442'],
    [5, 'Example', 'Example'],
    [1, '', ''],
  ])('type %i, %s is %s', (ton, address, number) => {
    expect(numberOf({ ton, address }, true)).toBe(number);
  });

  it('leaves bare numbers alone where they are not international', () => {
    expect(numberOf({ ton: 0, address: '447700900123' }, false)).toBe('447700900123');
  });
});

describe('alphabets', () => {
  it('what is written can be read, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom('gsm7' as const, 'latin1' as const),
        (text, alphabet) => {
          const { octets, dataCoding } = encodeText(text, alphabet);
          fc.pre(!text.startsWith('\ufeff'));
          expect(decodeText(octets, dataCoding, alphabet)).toBe(text);
        },
      ),
    );
  });

  it.each([
    [0xf0, Uint8Array.of(0x00), '@'],
    [0xf4, Uint8Array.of(1), undefined],
    [0x18, ucs2Encode('ж'), 'ж'],
    [0x08, Uint8Array.of(0xfe, 0xff, 0x04, 0x36), 'ж'],
    [0x08, Uint8Array.of(0xff, 0xfe, 0x36, 0x04), 'ж'],
    [0x01, Uint8Array.of(0x40), '@'],
    [0x03, Uint8Array.of(0xe9), 'é'],
    [0x06, Uint8Array.of(0xd0), 'а'],
    [0x02, Uint8Array.of(1), undefined],
    [0x04, Uint8Array.of(1), undefined],
    [0x80, Uint8Array.of(1), undefined],
  ])('data_coding %i', (dataCoding, octets, text) => {
    expect(decodeText(octets, dataCoding, 'gsm7')).toBe(text);
  });
});

describe('submit_sm', () => {
  const part = (text: string, changes: Partial<PartToSend> = {}): PartToSend => ({
    textRef: 'out-1',
    key: 'k',
    target: '+447700900123',
    text,
    index: 1,
    total: 1,
    reference: 1,
    wantsReceipts: true,
    ...changes,
  });

  it('every part of every text fits into an SMS, and together they are the text', () => {
    const forms = fc.record({
      alphabet: fc.constantFrom('gsm7' as const, 'latin1' as const),
      long: fc.constantFrom('udh' as const, 'sar' as const, 'payload' as const),
    });
    const character = fc.oneof(
      fc.constantFrom('a', '€', 'Δ', 'ß', '{'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 700 }), forms, (characters, kind) => {
        const text = characters.join('');
        fc.pre(!text.includes('\ufeff'));
        const cut = cutFor(text, kind);
        if (cut.kind !== 'parts') return;
        const read = cut.parts.map((piece, i) => {
          const made = submitFields(part(piece, { index: i + 1, total: cut.parts.length }), { ...form, ...kind });
          if (made.kind !== 'fields') throw new Error(`part ${i + 1} of ${cut.parts.length}: ${made.what}`);
          const pdu = readPdu(writePdu('submit_sm', 1, { fields: made.fields }));
          const { short_message: short, message_payload: payload, data_coding: dataCoding, esm_class } = pdu.fields;
          const whole = (payload ?? short) as Buffer;
          const header = esm_class === 0x40 ? (parseUdh(whole)?.length ?? 0) : 0;
          if (kind.long !== 'payload') {
            const units = dataCoding === 8 ? whole.length : Math.ceil(((whole.length - header) * 7) / 8) + header;
            expect(units).toBeLessThanOrEqual(140);
          }
          return decodeText(whole.subarray(header), Number(dataCoding), kind.alphabet);
        });
        expect(read.join('')).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  it('says how long it is worth trying', () => {
    const made = submitFields(part('hi'), { ...form, validityMs: 49 * 3_600_000 + 61_000 });
    expect(made).toMatchObject({ fields: { validity_period: '000002010101000R' } });
  });
});

describe('receipts', () => {
  it.each([
    ['DELIVRD', 'delivered'],
    ['DELIVERED', 'delivered'],
    ['EXPIRED', 'failed'],
    ['DELETED', 'failed'],
    ['UNDELIV', 'failed'],
    ['REJECTD', 'failed'],
    ['ACCEPTD', 'underway'],
    ['ENROUTE', 'underway'],
    ['UNKNOWN', 'underway'],
  ])('%s is %s', (stat, state) => {
    expect(readReceipt({}, `id:17 sub:001 stat:${stat} err:000 text:x`, 'same')).toMatchObject({
      messageId: '17',
      state,
    });
  });

  it('does not read what the sender wrote', () => {
    const text = 'id:17 sub:001 dlvrd:001 stat:UNDELIV err:001 Text:id:99 stat:DELIVRD';
    expect(readReceipt({}, text, 'same')).toMatchObject({ messageId: '17', state: 'failed' });
    expect(readReceipt({}, 'Text:id:99 stat:DELIVRD', 'same')).toBeUndefined();
  });

  it.each([
    [1, 'no-such-number'],
    [27, 'unavailable'],
    [13, 'blocked'],
    [99, 'refused'],
  ])('error %i of a GSM network is %s', (code, kind) => {
    const fields = { receipted_message_id: 'a', message_state: 5, network_error_code: Buffer.from([3, 0, code]) };
    expect(readReceipt(fields, '', 'same')?.failure).toMatchObject({ kind, isTemporary: false, mayHaveArrived: false });
  });

  it.each([
    ['0000123', 'answer', 'same', '123'],
    ['A1B2', 'receipt', 'same', 'a1b2'],
    ['7B', 'answer', 'hex-then-decimal', '123'],
    ['123', 'receipt', 'hex-then-decimal', '123'],
    ['123', 'answer', 'decimal-then-hex', '123'],
    ['0x', 'receipt', 'decimal-then-hex', '0x'],
    ['7b', 'receipt', 'decimal-then-hex', '123'],
    ['0', 'answer', 'same', '0'],
    ['9f3c-77', 'answer', 'same', '9f3c-77'],
    [' ', 'answer', 'same', undefined],
  ] as const)('the name %s in the %s, %s', (id, from, how, expected) => {
    expect(messageIdOf(id, from, how)).toBe(expected);
  });
});

describe('what comes', () => {
  it('reads parts whose header names a language table', () => {
    const header = Buffer.from([3, 0x25, 1, 1]);
    const octets = Buffer.concat([header, Buffer.from([0x07])]);
    const read = readDelivered({ ...toUs, esm_class: 0x40, short_message: octets }, reading);
    // 3GPP TS 23.038 §A.3.1: the Turkish table has a dotless i there.
    expect(read).toMatchObject({ kind: 'text', text: 'ı' });
  });

  it('has the same fingerprint for the same, and another for anything else', () => {
    const of = (fields: Fields) => {
      const read = readDelivered({ ...toUs, short_message: Buffer.from('ok'), ...fields }, reading);
      return read.kind === 'text' ? read.fingerprint : read.kind;
    };
    const all = [
      {},
      { source_addr: '447700900124' },
      { destination_addr: '441818118182' },
      { data_coding: 3 },
      { short_message: Buffer.from('ok ') },
      { sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 1 },
      { sar_msg_ref_num: 1, sar_total_segments: 2, sar_segment_seqnum: 2 },
      { user_message_reference: 5 },
      {
        esm_class: 0x40,
        short_message: Buffer.concat([buildUdh({ reference: 1, total: 2, index: 1 }), Buffer.from('ok')]),
      },
    ].map(of);
    expect(new Set(all).size).toBe(all.length);
    expect(of({})).toBe(of({}));
  });

  it('nothing that anybody sends makes it throw', () => {
    const value = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.uint8Array().map((octets) => Buffer.from(octets)),
      fc.constant(undefined),
    );
    const names = [
      'esm_class',
      'data_coding',
      'short_message',
      'message_payload',
      'source_addr',
      'sar_msg_ref_num',
      'message_state',
      'network_error_code',
      'receipted_message_id',
      'sar_total_segments',
      'sar_segment_seqnum',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (fields) => {
        expect(['text', 'receipt', 'ignored', 'unreadable']).toContain(readDelivered(fields, reading).kind);
      }),
      { numRuns: 500 },
    );
  });
});

describe('statuses', () => {
  it.each([
    [0x58, 'throttled', true, false],
    [0x14, 'throttled', true, false],
    [0x0b, 'no-such-number', false, false],
    [0x0a, 'not-allowed', false, true],
    [0x08, 'network', true, true],
    [0x0e, 'network', true, true],
    [0x01, 'unacceptable', false, true],
    [0x64, 'network', true, true],
    [0x65, 'refused', false, false],
    [0x4ff, 'refused', false, true],
  ] as const)('%i is %s', (status, kind, isTemporary, isTrunkFault) => {
    expect(statusRow(status)).toEqual({ kind, isTemporary, isTrunkFault });
  });

  it('have names', () => {
    expect(statusName(0x58)).toBe('ESME_RTHROTTLED');
    expect(statusName(0x4ff)).toBe('command_status 0x000004ff');
  });
});

describe('PDUs', () => {
  // SMPP 3.4 §3.2.1 has a bind_transmitter as an example, octet for octet.
  const example = Buffer.from(
    '0000002f0000000200000000000000015' + '34d50503354455354007365637265743038005355424d4954310000010100',
    'hex',
  );

  it('are read as the specification shows', () => {
    expect(readPdu(example)).toMatchObject({
      command: 'bind_transmitter',
      isResponse: false,
      status: 0,
      sequence: 1,
      fields: {
        system_id: 'SMPP3TEST',
        password: 'secret08',
        system_type: 'SUBMIT1',
        interface_version: 0,
        addr_ton: 1,
        addr_npi: 1,
        address_range: '',
      },
    });
  });

  it('are written as the specification shows', () => {
    const { fields } = readPdu(example);
    expect(writePdu('bind_transmitter', 1, { fields }).toString('hex')).toBe(example.toString('hex'));
  });

  it('come out of any pieces of a stream whole', () => {
    const pdu = fc.uint8Array({ minLength: 0, maxLength: 300 }).map((octets) => {
      const short = Buffer.from(octets.subarray(0, 200));
      return writePdu('deliver_sm', octets.length + 1, { fields: { ...toUs, short_message: short } });
    });
    fc.assert(
      fc.property(
        fc.array(pdu, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        (pdus, sizes) => {
          const stream = Buffer.concat(pdus);
          const frames = new Frames();
          const out: Buffer[] = [];
          for (let at = 0, i = 0; at < stream.length; i += 1) {
            const size = sizes[i % sizes.length] ?? 1;
            out.push(...frames.push(stream.subarray(at, at + size)));
            at += size;
          }
          expect(out.map((frame) => frame.toString('hex'))).toEqual(pdus.map((whole) => whole.toString('hex')));
        },
      ),
    );
  });

  it('that are none are an error and nothing worse', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 200 }),
        fc.constantFrom(1, 3, 4, 5, 9, 0x21, 0x103, 0x80000004, 0x80000021),
        (octets, id) => {
          const frame = Buffer.from(octets);
          frame.writeUInt32BE(frame.length, 0);
          frame.writeUInt32BE(id, 4);
          try {
            readPdu(frame);
          } catch (error) {
            expect(error).toBeInstanceOf(PduError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
