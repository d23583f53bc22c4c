import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioVerdict, estimateMos } from '../../../../src/account/records/index.ts';

const side = { packetsIn: 1_000, packetsOut: 1_000, packetsLost: 0, jitterMs: 2, packetsForeign: 0 };

describe('the mean opinion score', () => {
  // Worked by hand: R = 93.2 − Id − Ie,eff with Bpl = 25.1 (G.711 with loss concealment, ITU-T G.113), then ITU-T G.107 Annex B.
  it.each([
    ['nothing disturbs', { lossPercent: 0, jitterMs: 0, roundTripMs: 0 }, 4.4],
    ['a usual call', { lossPercent: 0.1, jitterMs: 5, roundTripMs: 40 }, 4.37],
    ['a packet in a hundred is lost', { lossPercent: 1, jitterMs: 5, roundTripMs: 40 }, 4.29],
    ['five in a hundred', { lossPercent: 5, jitterMs: 5, roundTripMs: 40 }, 3.87],
    ['a satellite', { lossPercent: 0, jitterMs: 5, roundTripMs: 560 }, 3.62],
    ['every other packet', { lossPercent: 50, jitterMs: 5, roundTripMs: 40 }, 1.55],
  ])('%s', (_, path, mos) => {
    expect(estimateMos({ codec: 'PCMA', ...path })).toBeCloseTo(mos, 1.7);
  });

  it('is from 1 to 4.5, and never better when the path is worse', () => {
    const path = fc.record({
      lossPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      jitterMs: fc.double({ min: 0, max: 2_000, noNaN: true }),
      roundTripMs: fc.double({ min: 0, max: 20_000, noNaN: true }),
      codec: fc.constantFrom('PCMU', 'G722', 'opus', 'unknown'),
    });
    fc.assert(
      fc.property(path, (one) => {
        const mos = estimateMos(one);
        expect(mos).toBeGreaterThanOrEqual(1);
        expect(mos).toBeLessThanOrEqual(4.5);
        expect(estimateMos({ ...one, lossPercent: one.lossPercent + 5 })).toBeLessThanOrEqual(mos);
        expect(estimateMos({ ...one, roundTripMs: one.roundTripMs + 100 })).toBeLessThanOrEqual(mos);
      }),
    );
  });
});

describe('the verdict on the audio of a call', () => {
  it('takes the worse side', () => {
    const verdict = audioVerdict({
      codec: 'PCMA',
      rtp: { ...side, packetsIn: 900, packetsLost: 100, jitterMs: 1 },
      webrtc: { ...side, jitterMs: 12.34 },
      roundTripMs: 40.4,
    });
    expect(verdict).toMatchObject({
      codec: 'PCMA',
      telephoneIn: 900,
      clientIn: 1_000,
      lossPercent: 10,
      jitterMs: 12.3,
      roundTripMs: 40,
    });
    expect(verdict.mos).toBeLessThan(3.5);
  });

  it('believes what the other end says of our audio', () => {
    const remote = { packetsLost: 250, jitterMs: 30 };
    expect(audioVerdict({ rtp: { ...side, remote }, webrtc: side })).toMatchObject({ lossPercent: 25, jitterMs: 30 });
    const twice = { packetsLost: -5, jitterMs: 1 };
    expect(audioVerdict({ rtp: side, webrtc: { ...side, remote: twice } })).toMatchObject({ lossPercent: 0 });
  });

  it('has no score when nobody was heard', () => {
    const nothing = { ...side, packetsIn: 0, packetsLost: 7 };
    expect(audioVerdict({ rtp: nothing, webrtc: nothing })).toMatchObject({ lossPercent: 0 });
    expect(audioVerdict({ rtp: nothing, webrtc: nothing })).not.toHaveProperty('mos');
  });
});
