import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlProtocolError, encodeFrame, FrameReader } from '../../../../sip/server/control/frame.ts';

describe('control frames', () => {
  it('carry any text and bytes, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.uint8Array()), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.array(fc.nat({ max: 40 }), { maxLength: 20 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(([text, body]) => encodeFrame(text, Buffer.from(body))));
          const reader = new FrameReader(100_000);
          const out: Buffer[] = [];
          let at = 0;
          for (const cut of [...cuts, stream.length]) {
            out.push(...reader.push(stream.subarray(at, at + cut)).map((one) => Buffer.from(one)));
            at = Math.min(at + cut, stream.length);
          }
          expect(out).toEqual(messages.map(([text, body]) => Buffer.concat([Buffer.from(text), Buffer.from(body)])));
        },
      ),
    );
  });

  it('count bytes, not characters', () => {
    expect(encodeFrame('ü').toString()).toBe('2#ü');
  });

  it.each(['hello#', '#', '-1#x', '12a#', '99999999#'])('are refused when they begin with %j', (text) => {
    expect(() => new FrameReader(1_000_000).push(Buffer.from(text))).toThrow(ControlProtocolError);
  });
});
