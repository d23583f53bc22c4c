/** The embedded media engine in its own words. */
import { isIPv6 } from 'node:net';
import type { Config } from '../../config/index.ts';
import type { EmbeddedMediaSettings } from '../../media/index.ts';
import { present } from './present.ts';
import { isWildcard } from './wildcard.ts';

/** @param ownAddress what to say in SDP towards the trunk, when nothing is configured */
export function mediaSettings({ media }: Config, ownAddress: string): EmbeddedMediaSettings {
  const { workers, rtp, webrtc, connect_timeout_s, silence_timeout_s, comfort_noise } = media.embedded;
  const isSameFamily = isIPv6(ownAddress) === isIPv6(rtp.bind);
  const ownRtpAddress = isWildcard(rtp.bind) && isSameFamily ? ownAddress : undefined;
  return {
    ...(workers === 0 ? {} : { workers }),
    rtp: {
      bindAddress: rtp.bind,
      ports: { min: rtp.port_min, max: rtp.port_max },
      ...present({ publicAddress: rtp.public_address ?? ownRtpAddress }),
    },
    webrtc: {
      ...(webrtc.bind.length === 0 ? {} : { bindAddresses: webrtc.bind }),
      publicAddresses: webrtc.public_addresses,
      ports: { min: webrtc.port_min, max: webrtc.port_max },
      turn: webrtc.turn,
      connectTimeoutMs: connect_timeout_s * 1000,
    },
    mediaTimeoutMs: silence_timeout_s * 1000,
    comfortNoise: comfort_noise,
  };
}
