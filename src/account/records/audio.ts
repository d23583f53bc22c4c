/** How a call sounded: from packets that came, were lost and came unevenly, to one figure. Pure. */
import type { CallRecord } from '../../call/index.ts';
import type { AudioVerdict } from './ports.ts';

type MediaStats = NonNullable<CallRecord['media']>;
type RtpStats = MediaStats['rtp'];

/** Towards which side the figures are worse, those count. */
export function audioVerdict(media: MediaStats): AudioVerdict {
  const { codec, rtp, webrtc, roundTripMs } = media;
  const lossPercent = Math.max(lossOf(rtp), lossOf(webrtc), lossAfter(rtp, webrtc), lossAfter(webrtc, rtp));
  const jitterMs = Math.max(rtp.jitterMs, webrtc.jitterMs, rtp.remote?.jitterMs ?? 0, webrtc.remote?.jitterMs ?? 0);
  const wasHeard = rtp.packetsIn > 0 || webrtc.packetsIn > 0;
  return {
    ...(codec === undefined ? {} : { codec }),
    telephoneIn: rtp.packetsIn,
    telephoneOut: rtp.packetsOut,
    clientIn: webrtc.packetsIn,
    clientOut: webrtc.packetsOut,
    lossPercent: round(lossPercent, 2),
    jitterMs: round(jitterMs, 1),
    ...(roundTripMs === undefined ? {} : { roundTripMs: round(roundTripMs, 0) }),
    ...(wasHeard
      ? {
          mos: estimateMos({
            lossPercent,
            jitterMs,
            ...(codec === undefined ? {} : { codec }),
            roundTripMs: roundTripMs ?? 0,
          }),
        }
      : {}),
  };
}

function lossOf({ packetsIn, packetsLost }: RtpStats): number {
  // A path on which nothing ever came lost nothing that was counted: it shows in the packets.
  return packetsIn === 0 ? 0 : percent(packetsLost, packetsIn + packetsLost);
}

/** By what the peer says: its gaps are those of the whole way, from the other side on. */
function lossAfter({ packetsOut, remote }: RtpStats, from: RtpStats): number {
  return remote === undefined || packetsOut === 0 ? 0 : percent(remote.packetsLost, packetsOut + from.packetsLost);
}

/** RTCP's count may be below zero, where packets came twice (RFC 3550 §6.4.1). */
function percent(lost: number, expected: number): number {
  return Math.min(100, (100 * Math.max(0, lost)) / Math.max(1, expected));
}

/**
 * Equipment impairment and robustness to loss by codec (ITU-T G.113 Appendix I; for Opus, which it does not have, as for a good wideband codec
 * on the narrow-band scale). G.711 with packet loss concealment, as browsers and telephones have it.
 */
const CODECS: Readonly<Record<string, { readonly ie: number; readonly bpl: number }>> = {
  PCMU: { ie: 0, bpl: 25.1 },
  PCMA: { ie: 0, bpl: 25.1 },
  G722: { ie: 0, bpl: 15 },
  opus: { ie: 0, bpl: 20 },
};

/** Rating without any impairment of the path (ITU-T G.107, default values). */
const R_DEFAULT = 93.2;
/** Packets of 20 ms, and the time to work on them. */
const PACKET_DELAY_MS = 25;

/**
 * Mean opinion score by the E-model of ITU-T G.107 with its defaults for what is not known: only delay, loss and codec are. Id is the
 * usual approximation of its curve: 0.024 for each ms, and 0.11 more for each beyond 177.3 ms.
 */
export function estimateMos(path: {
  readonly codec?: string;
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly roundTripMs: number;
}): number {
  const { ie, bpl } = CODECS[path.codec ?? 'PCMA'] ?? { ie: 5, bpl: 15 };
  // A jitter buffer that loses little holds twice the jitter.
  const delayMs = path.roundTripMs / 2 + PACKET_DELAY_MS + 2 * path.jitterMs;
  const delay = 0.024 * delayMs + 0.11 * Math.max(0, delayMs - 177.3);
  const loss = ie + (95 - ie) * (path.lossPercent / (path.lossPercent + bpl));
  return round(mosOf(R_DEFAULT - delay - loss), 2);
}

/** ITU-T G.107 Annex B. */
function mosOf(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
