/** Audio between browsers and telephones. */
import { z } from 'zod';
import { count, ipAddress, key, kind, oneOf, seconds, section } from './key.ts';

export const media = section({
  engine: key(oneOf(['embedded']).default('embedded'), {
    about: '`embedded` relays audio inside Trunkline, in worker threads, without transcoding (G.711).',
  }),
  embedded: key(
    section({
      bind: key(ipAddress().default('0.0.0.0'), { about: 'Address that RTP and WebRTC sockets are bound to.' }),
      public_addresses: key(z.array(ipAddress()).default([]), {
        about:
          'Addresses that browsers and trunks send audio to, when they are not the ones of this machine (NAT). The first ' +
          'is written into SDP. Without any, the addresses of the machine are used.',
        example: ['198.51.100.7'],
      }),
      port_min: key(count(1024, 65534, 'port').default(40000), {
        about: 'First UDP port for audio; even. Open the range in the firewall.',
        inSample: true,
      }),
      port_max: key(count(1025, 65535, 'port').default(41999), {
        about: 'Last UDP port for audio; odd. A call takes four ports of the range.',
        inSample: true,
      }),
      workers: key(count(0, 256, 'number of threads').default(0), {
        about: 'Threads that relay audio; 0 means one less than the machine has cores, and at least one.',
      }),
      silence_timeout_s: key(seconds(5, 3600).default(30), {
        about: 'A call that is not on hold ends after this many seconds without any audio packet from one side.',
      }),
      connect_timeout_s: key(seconds(2, 120).default(20), {
        about: 'Seconds that the audio connection to the browser (ICE, DTLS) may take.',
      }),
      ringback_country: key(
        kind(z.string().regex(/^[A-Z]{2}$/), 'a country of ISO 3166-1 in capitals, such as GB').optional(),
        {
          about: 'Whose ringing tone callers hear while a telephone rings and sends none; default: `numbers.region`.',
          example: 'GB',
        },
      ),
    }).prefault({}),
    { about: 'The audio relay inside Trunkline.' },
  ),
});
