import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Direction,
  parseRp,
  parseTpdu,
  type Rp,
  serializeDeliver,
  serializeDeliverReport,
  serializeRp,
  serializeStatusReport,
  serializeSubmit,
  serializeSubmitReport,
  TextCodecError,
} from '../../../../sip/text/codec/index.ts';
import { smsAlphabet, smsUnits } from '../../../../sip/text/codec/sms/index.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/gu, ''), 'hex');
const utc = (text: string) => Date.parse(text);

const part = fc
  .tuple(fc.nat(255), fc.integer({ min: 1, max: 255 }), fc.nat(254))
  .map(([reference, total, index]) => ({ reference, total, index: (index % total) + 1 }));
const gsm = fc.string({ unit: fc.constantFrom(...'abcXYZ é€[]@ñ\n'), maxLength: 160, size: 'max' });
const unicode = fc.string({ unit: 'grapheme', maxLength: 70, size: 'max' });

/** A text, with a part or none, that one SMS holds. */
const content = fc
  .record({ text: fc.oneof(gsm, unicode), part: fc.option(part, { nil: undefined }) })
  .filter(({ text, part }) => {
    const room = part === undefined ? { gsm7: 160, ucs2: 70 } : { gsm7: 153, ucs2: 67 };
    return smsUnits(text) <= room[smsAlphabet(text)];
  })
  .map(({ text, part }) => (part === undefined ? { text } : { text, part }));

const number = fc
  .tuple(fc.boolean(), fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 20 }))
  .map(([international, digits]) => (international ? `+${digits}` : digits));
const name = fc
  .string({ unit: fc.constantFrom(...'abcdeXYZ é&-'), minLength: 1, maxLength: 11 })
  .filter((text) => /[^0-9*#+]/u.test(text) && !text.startsWith('+'));
const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2089-12-31'), noInvalidDate: true }).map((date) => {
  return Math.floor(date.getTime() / 1000) * 1000;
});

describe('published messages', () => {
  it('reads an SMS-DELIVER', () => {
    expect(parseTpdu(hex('040BC87238880900F10000993092516195800AE8329BFD4697D9EC37'), 'to-mobile')).toEqual({
      kind: 'deliver',
      sender: '27838890001',
      sentAt: utc('1999-03-29T15:16:59+02:00'),
      isProbe: false,
      wantsReport: false,
      hasMore: false,
      text: 'hellohello',
    });
    expect(parseTpdu(hex('040B911346610089F60000208062917314080CC8F71D14969741F977FD07'), 'to-mobile')).toMatchObject({
      sender: '+31641600986',
      sentAt: utc('2002-08-26T19:37:41Z'),
      text: 'How are you?',
    });
  });

  it('reads an SMS-SUBMIT, and writes it', () => {
    const bytes = '11000B916407281553F80000AA0AE8329BFD4697D9EC37';
    expect(parseTpdu(hex(bytes), 'to-network')).toEqual({
      kind: 'submit',
      recipient: '+46708251358',
      reference: 0,
      wantsReport: false,
      validityMs: 4 * 24 * 3_600_000,
      rejectDuplicates: false,
      isProbe: false,
      text: 'hellohello',
    });
    const written = serializeSubmit({
      recipient: '+46708251358',
      reference: 0,
      text: 'hellohello',
      validityMs: 4 * 24 * 3_600_000,
    });
    expect(written.toString('hex').toUpperCase()).toBe(bytes);
  });

  it('takes a Type 0 message for a probe', () => {
    const probe = parseTpdu(hex('040B911346610089F64000208062917314080CC8F71D14969741F977FD07'), 'to-mobile');
    expect(probe).toMatchObject({ kind: 'deliver', isProbe: true });
  });

  it.each([
    ['00', 'gsm7'],
    ['10', 'gsm7'],
    ['08', 'ucs2'],
    ['18', 'ucs2'],
    ['19', 'ucs2'],
    ['48', 'ucs2'],
    ['e0', 'ucs2'],
    ['c0', 'gsm7'],
    ['d0', 'gsm7'],
    ['f0', 'gsm7'],
    ['f4', 'data'],
    ['04', 'data'],
    ['20', 'data'],
  ])('knows the data coding scheme %s as %s (TS 23.038 §4)', (scheme, coding) => {
    const bytes = coding === 'gsm7' ? '02c834' : '0400480069';
    const read = parseTpdu(hex(`04048121 43 00 ${scheme} 62112141503600 ${bytes}`), 'to-mobile');
    expect(read).toMatchObject({ sender: '1234' });
    expect('text' in read ? read.text : undefined).toBe(coding === 'data' ? undefined : 'Hi');
  });
});

describe('SMS-DELIVER', () => {
  it('is read as it was written', () => {
    const sender = fc.oneof(number, name);
    fc.assert(
      fc.property(content, sender, time, fc.boolean(), fc.boolean(), (of, from, sentAt, wantsReport, hasMore) => {
        const tpdu = serializeDeliver({ ...of, sender: from, sentAt, wantsReport, hasMore });
        expect(parseTpdu(tpdu, 'to-mobile')).toEqual({
          kind: 'deliver',
          sender: from,
          sentAt,
          isProbe: false,
          wantsReport,
          hasMore,
          ...of,
        });
      }),
    );
  });
});

describe('SMS-SUBMIT', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(content, number, fc.nat(255), fc.boolean(), (of, recipient, reference, wantsReport) => {
        const tpdu = serializeSubmit({ ...of, recipient, reference, wantsReport });
        expect(parseTpdu(tpdu, 'to-network')).toEqual({
          kind: 'submit',
          recipient,
          reference,
          wantsReport,
          rejectDuplicates: false,
          isProbe: false,
          ...of,
        });
      }),
    );
  });

  it('does not take a text that is too long for one', () => {
    const of = { recipient: '1', reference: 1 };
    expect(serializeSubmit({ ...of, text: 'a'.repeat(160) }).length).toBeGreaterThan(140);
    expect(() => serializeSubmit({ ...of, text: 'a'.repeat(161) })).toThrow(TextCodecError);
    expect(() => serializeSubmit({ ...of, text: 'я'.repeat(71) })).toThrow(TextCodecError);
    const part = { reference: 1, total: 2, index: 1 };
    expect(serializeSubmit({ ...of, text: 'a'.repeat(153), part }).length).toBeGreaterThan(140);
    expect(() => serializeSubmit({ ...of, text: 'a'.repeat(154), part })).toThrow(TextCodecError);
  });

  it('does not take a name as recipient that is no number and too long', () => {
    expect(() => serializeSubmit({ recipient: 'a name of letters', reference: 1, text: '' })).toThrow(TextCodecError);
  });
});

describe('reports', () => {
  it.each([
    [0x00, 'delivered'],
    [0x02, 'delivered'],
    [0x20, 'pending'],
    [0x30, 'pending'],
    [0x41, 'failed'],
    [0x62, 'failed'],
  ])('say with %i that a text is %s', (status, state) => {
    const of = { reference: 7, recipient: '+49301234567', sentAt: utc('2026-11-21T14:00:00Z') };
    const dischargedAt = utc('2026-11-21T14:00:05Z');
    const read = parseTpdu(serializeStatusReport({ ...of, dischargedAt, status }), 'to-mobile');
    expect(read).toEqual({ kind: 'status-report', ...of, dischargedAt, state, status });
  });

  it('answer texts', () => {
    expect(parseTpdu(serializeDeliverReport(), 'to-network')).toEqual({ kind: 'deliver-report' });
    expect(parseTpdu(serializeDeliverReport(0xd3), 'to-network')).toEqual({
      kind: 'deliver-report',
      failureCause: 0xd3,
    });
    expect(parseTpdu(serializeSubmitReport(0), 'to-mobile')).toEqual({ kind: 'submit-report' });
  });
});

describe('the relay layer', () => {
  const tpdu = fc.uint8Array({ maxLength: 233 }).map((octets) => Buffer.from(octets));
  const reference = fc.nat(255);
  const direction = fc.constantFrom<Direction>('to-mobile', 'to-network');
  const message: fc.Arbitrary<Rp> = fc.oneof(
    fc
      .tuple(
        reference,
        number.filter((text) => text.replace('+', '').length % 2 === 0),
        tpdu,
        direction,
      )
      .map(
        ([r, centre, data, to]): Rp =>
          to === 'to-mobile'
            ? { kind: 'data', direction: to, reference: r, originator: centre, tpdu: data }
            : { kind: 'data', direction: to, reference: r, destination: centre, tpdu: data },
      ),
    fc.tuple(reference, direction).map(([r, to]): Rp => ({ kind: 'ack', direction: to, reference: r })),
    fc
      .tuple(reference, direction, tpdu)
      .map(([r, to, data]): Rp => ({ kind: 'ack', direction: to, reference: r, tpdu: data })),
    fc
      .tuple(reference, direction, fc.nat(127))
      .map(([r, to, cause]): Rp => ({ kind: 'error', direction: to, reference: r, cause })),
    reference.map((r): Rp => ({ kind: 'memory-available', direction: 'to-network', reference: r })),
  );

  it('is read as it was written', () => {
    fc.assert(
      fc.property(message, (rp) => {
        expect(parseRp(serializeRp(rp))).toEqual(rp);
      }),
    );
  });

  it('has a centre with an odd number of digits', () => {
    const rp: Rp = { kind: 'data', direction: 'to-mobile', reference: 1, originator: '+491712345678', tpdu: hex('00') };
    expect(serializeRp({ ...rp, originator: '+4917123456789' }).toString('hex')).toBe(
      '0101089194712143 6587f9 00 01 00'.replace(/\s/gu, ''),
    );
    expect(parseRp(serializeRp({ ...rp, originator: '+4917123456789' }))).toEqual({
      ...rp,
      originator: '+4917123456789',
    });
  });

  it('is built as TS 24.011 §7.3 says', () => {
    expect(serializeRp({ kind: 'ack', direction: 'to-network', reference: 0x2a }).toString('hex')).toBe('022a');
    expect(serializeRp({ kind: 'error', direction: 'to-mobile', reference: 0x2a, cause: 41 }).toString('hex')).toBe(
      '052a0129',
    );
    expect(parseRp(hex('042a01a9'))).toEqual({ kind: 'error', direction: 'to-network', reference: 0x2a, cause: 41 });
  });
});

describe('hostile bytes', () => {
  const either = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(TextCodecError);
    }
  };

  it('give a TextCodecError or something', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300, size: 'max' }),
        fc.constantFrom<Direction>('to-mobile', 'to-network'),
        (octets, to) => {
          either(() => parseRp(Buffer.from(octets)));
          either(() => parseTpdu(octets, to));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('that were a good message until they were cut or changed do too', () => {
    const good = serializeDeliver({
      sender: 'MyBank',
      sentAt: 0,
      text: 'Hello €',
      part: { reference: 1, total: 2, index: 1 },
    });
    for (let end = 0; end < good.length; end += 1) either(() => parseTpdu(good.subarray(0, end), 'to-mobile'));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, octet) => {
        const changed = Buffer.from(good);
        changed[at] = octet;
        either(() => parseTpdu(changed, 'to-mobile'));
      }),
      { numRuns: 1000 },
    );
  });
});
