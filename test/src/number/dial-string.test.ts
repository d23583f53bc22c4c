import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDialable, parseDialString } from '../../../src/number/dial-string.ts';

describe('what can be dialled', () => {
  it.each([
    ['01818118181', '01818118181'],
    ['0181 811 81 81', '01818118181'],
    ['+44 (0)1818 118181', '+441818118181'],
    ['0044 (0)1818 118181', '00441818118181'],
    ['(0181) 811-8181', '01818118181'],
    ['030/123456-0', '0301234560'],
    ['+49.30.123.456', '+4930123456'],
    ['030 – 123 456', '030123456'],
    ['\u202a+49 30 123456\u202c', '+4930123456'],
    ['\u00a0112 ', '112'],
    ['٠٣٠١٢٣٤٥٦', '030123456'],
    ['۰۳۰', '030'],
    ['०३०१२३', '030123'],
    ['+49 30', '+4930'],
    ['𝟎𝟑𝟎', '030'],
    ['*31#030123456', '*31#030123456'],
    ['*31#+4930123456', '*31#+4930123456'],
    ['**621', '**621'],
    ['#21#', '#21#'],
    ['*100#', '*100#'],
    ['200', '200'],
    ['1', '1'],
    ['1-800-FLOWERS', '18003569377'],
    ['1800flowers', '18003569377'],
    ['+1 800 FLOWERS', '+18003569377'],
    ['13CABS', '132227'],
    ['tel:+44-1818-118181', '+441818118181'],
    ['tel:8118181;phone-context=+44181', '8118181'],
  ])('%s is %s', (raw, dial) => {
    expect(parseDialString(raw)).toEqual({ ok: true, dialled: { kind: 'digits', dial } });
  });

  it.each([
    ['020 7946 0018 x123', '02079460018', ',123'],
    ['020 7946 0018 ext. 123', '02079460018', ',123'],
    ['+442079460018;ext=123', '+442079460018', ',123'],
    ['tel:+442079460018;ext=123', '+442079460018', ',123'],
    ['02079460018,,4711#', '02079460018', ',,4711#'],
    ['02079460018;4711', '02079460018', ',4711'],
  ])('%s is %s and then %s', (raw, dial, afterAnswer) => {
    expect(parseDialString(raw)).toEqual({ ok: true, dialled: { kind: 'digits', dial, afterAnswer } });
  });

  it.each([
    ['sip:alice@Example.org', 'sip:alice@example.org', 'alice', 'example.org'],
    ['sips:200@pbx.example.org:5061', 'sips:200@pbx.example.org:5061', '200', 'pbx.example.org:5061'],
    ['SIP:+44181@example.org;user=phone;transport=tcp', 'sip:+44181@example.org;user=phone', '+44181', 'example.org'],
    ['alice@example.org', 'sip:alice@example.org', 'alice', 'example.org'],
    ['sip:200@[2001:db8::1]', 'sip:200@[2001:db8::1]', '200', '[2001:db8::1]'],
  ])('%s is the address %s', (raw, uri, user, host) => {
    expect(parseDialString(raw)).toEqual({ ok: true, dialled: { kind: 'uri', uri, user, host } });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['\u200b', 'empty'],
    ['-', 'empty'],
    ['()', 'empty'],
    ['hello', 'letters'],
    ['room 101', 'letters'],
    ['flowers', 'letters'],
    ['1A', 'letters'],
    ['12ab', 'letters'],
    ['030 Ärger', 'letters'],
    ['0181 811 8181 office', 'letters'],
    ['0181 811 8181 ext', 'letters'],
    ['x123', 'letters'],
    ['💥', 'signs'],
    ['030!23', 'signs'],
    ['12"34', 'signs'],
    ['*#', 'no-digits'],
    ['+', 'no-digits'],
    ['49+30', 'misplaced-plus'],
    ['++4930123', 'misplaced-plus'],
    ['1'.repeat(41), 'too-long'],
    ['1'.repeat(300), 'too-long'],
    ['\ufdfa'.repeat(200), 'too-long'],
    [`030,${'1'.repeat(40)}`, 'too-long'],
    ['sip:', 'bad-uri'],
    ['sip:@example.org', 'bad-uri'],
    ['sip:a@exa mple.org', 'bad-uri'],
    ['sip:a@example.org?Replaces=x', 'bad-uri'],
    ['sip:a"b@example.org', 'bad-uri'],
    ['http://example.org/', 'bad-uri'],
    ['javascript:alert(1)', 'bad-uri'],
    ['@alice:example.org', 'bad-uri'],
  ])('%j is refused: %s', (raw, refusal) => {
    expect(parseDialString(raw)).toEqual({ ok: false, refusal });
    expect(isDialable(raw)).toBe(false);
  });
});

describe('any text at all', () => {
  it('is read without an error, and gives a dial string of the dial pad alone', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.stringMatching(/^[0-9+*#,;x ()-]{0,50}$/)),
        (raw) => {
          const read = parseDialString(raw);
          if (!read.ok || read.dialled.kind === 'uri') return;
          expect(read.dialled.dial).toMatch(/^(?=.*\d)[0-9*#+]{1,40}$/);
          expect(read.dialled.afterAnswer ?? ',').toMatch(/^[0-9*#,]+$/);
        },
      ),
    );
  });

  it('means the same when what was read is dialled again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9+*# ()/.-]{1,40}$/), (raw) => {
        const read = parseDialString(raw);
        if (!read.ok || read.dialled.kind === 'uri') return;
        expect(parseDialString(read.dialled.dial)).toEqual({
          ok: true,
          dialled: { kind: 'digits', dial: read.dialled.dial },
        });
      }),
    );
  });

  it('of digits in any grouping is those digits', () => {
    const grouped = fc.array(
      fc.tuple(fc.stringMatching(/^\d{1,4}$/), fc.constantFrom(' ', '-', '.', '/', '\u00a0', '–')),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(grouped, (groups) => {
        const raw = groups.map(([digits, separator]) => digits + separator).join('');
        const dial = groups.map(([digits]) => digits).join('');
        expect(parseDialString(raw)).toEqual({ ok: true, dialled: { kind: 'digits', dial } });
      }),
    );
  });
});
