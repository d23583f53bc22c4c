/** What FreeSWITCH counts of a channel (`uuid_set_media_stats`, then `uuid_dump`). */

import type { RtpCodec, RtpStats } from '../engine.ts';

const CODECS: Readonly<Record<string, RtpCodec>> = { PCMU: 'PCMU', PCMA: 'PCMA', G722: 'G722', OPUS: 'opus' };

export interface ChannelStats {
  readonly rtp: RtpStats;
  readonly codec?: RtpCodec;
}

export const NO_STATS: RtpStats = { packetsIn: 0, packetsOut: 0, packetsLost: 0, jitterMs: 0, packetsForeign: 0 };

/** Reads the variables of a channel; what is missing counts as nothing. */
export function readChannelStats(dump: string): ChannelStats {
  const variables = new Map<string, string>();
  for (const line of dump.split('\n')) {
    const at = line.indexOf(': ');
    if (at > 0) variables.set(line.slice(0, at), line.slice(at + 2).trim());
  }
  const number = (name: string): number => {
    const value = Number(variables.get(`variable_rtp_audio_${name}`));
    return Number.isFinite(value) ? value : 0;
  };
  // `read_codec` may be of before a re-INVITE.
  const codec = CODECS[(variables.get('variable_rtp_use_codec_name') ?? '').toUpperCase()];
  return {
    rtp: {
      packetsIn: number('in_packet_count'),
      packetsOut: number('out_packet_count'),
      packetsLost: number('in_flaw_total'),
      jitterMs: number('in_jitter_min_variance'),
      packetsForeign: 0,
    },
    ...(codec && { codec }),
  };
}
