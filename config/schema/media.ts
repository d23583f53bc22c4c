/** Audio between browsers and telephones. */
import { z } from 'zod';
import {
  count,
  flag,
  host,
  ipAddress,
  key,
  kind,
  listenPort,
  oneOf,
  port,
  seconds,
  secret,
  section,
  text,
} from './key.ts';

const rtp = section({
  bind: key(ipAddress().default('0.0.0.0'), { about: 'Address that the sockets towards trunks are bound to.' }),
  public_address: key(ipAddress().optional(), {
    about:
      'Address that trunks send audio to, written into SDP; needed behind NAT. Default: `bind`, or the address that ' +
      'packets to the trunk leave from.',
    example: '198.51.100.7',
  }),
  port_min: key(count(1024, 65534, 'port').default(10000), {
    about: 'First UDP port for audio with trunks; even. Open the range in the firewall.',
    inSample: true,
  }),
  port_max: key(count(1025, 65535, 'port').default(19999), {
    about: 'Last UDP port for audio with trunks; odd. A call takes two: RTP on the even one, RTCP on the odd one.',
    inSample: true,
  }),
});

const webrtc = section({
  bind: key(z.array(ipAddress()).default([]), {
    about:
      'Addresses that the sockets towards browsers are bound to. An empty list means every address of this machine but ' +
      'loopback and link-local.',
    example: ['192.0.2.10'],
  }),
  public_addresses: key(z.array(ipAddress()).default([]), {
    about: 'Addresses that browsers are told in place of the ones of this machine (NAT, cloud machines).',
    example: ['198.51.100.7'],
  }),
  port_min: key(count(1024, 65535, 'port').default(20000), {
    about: 'First UDP port for audio with browsers. Open the range in the firewall.',
    inSample: true,
  }),
  port_max: key(count(1024, 65535, 'port').default(29999), {
    about: 'Last UDP port for audio with browsers. A call takes one for each bound address.',
    inSample: true,
  }),
  turn: key(oneOf(['auto', 'always', 'never']).default('auto'), {
    about:
      "Whether Trunkline asks the homeserver's TURN server for a relay of its own. `auto` does so only when every " +
      'address that browsers are told is private.',
  }),
});

const freeswitchServer = section({
  name: key(text().optional(), { about: 'A name for logs and health. Default: host and port.', example: 'media-1' }),
  host: key(host(), { about: 'Where its event socket listens.', example: '127.0.0.1' }),
  port: key(port().default(8021), { about: 'Port of its event socket.' }),
  ...secret('secret', 'Password of its event socket.', 'ClueCon'),
  profile: key(text().default('trunkline'), {
    about: 'Its SIP profile that serves the gateway; `trunkline` in the configuration that comes with the gateway.',
  }),
  weight: key(count(1, 1000).default(1), { about: 'Its share of the calls, in proportion to the others’.' }),
  draining: key(flag().default(false), { about: 'Gets no new calls and keeps the ones that it has.' }),
});

const freeswitchSip = section({
  host: key(host().default('127.0.0.1'), {
    about: 'Address to listen on for the FreeSWITCH servers by SIP over TCP; 0.0.0.0 or :: for all. For them alone.',
  }),
  port: key(listenPort().default(5090), { about: 'Its port; keep it closed to everybody else.' }),
  advertise: key(host().optional(), {
    about: 'Address that the FreeSWITCH servers reach it at. Default: `host`, or the address of this machine.',
    example: '192.0.2.10',
  }),
});

export const media = section({
  engine: key(oneOf(['embedded', 'freeswitch']).default('embedded'), {
    about:
      '`embedded` relays audio inside Trunkline, in worker threads, without transcoding (G.711); `freeswitch` uses ' +
      'FreeSWITCH servers that you run: Opus, G.722, prompts, recording.',
    inSample: true,
  }),
  embedded: key(
    section({
      workers: key(count(0, 256, 'number of threads').default(0), {
        about: 'Threads that relay audio; 0 means one less than the machine has cores, and at least one.',
      }),
      rtp: key(rtp.prefault({}), { about: 'The side of the trunks.' }),
      webrtc: key(webrtc.prefault({}), { about: 'The side of the browsers.' }),
      silence_timeout_s: key(seconds(0, 3600).default(30), {
        about:
          'A call that is not on hold ends after this many seconds without an audio packet from one side; 0 means never.',
      }),
      comfort_noise: key(flag().default(false), {
        about: 'Agree on comfort noise (RFC 3389) with trunks. Off, silence is sent as audio.',
      }),
      connect_timeout_s: key(seconds(2, 120).default(30), {
        about:
          'Seconds that the audio connection to the browser (ICE, DTLS) may take, and how long it may stay broken.',
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
  freeswitch: key(
    section({
      servers: key(z.array(freeswitchServer).default([]), {
        about: 'The FreeSWITCH servers. A new call goes to the one with the least load that is up and not draining.',
      }),
      sip: key(freeswitchSip.prefault({}), {
        about: 'Where the gateway speaks SIP with the FreeSWITCH servers, beside the SIP of the trunks.',
      }),
      silence_timeout_s: key(seconds(0, 3600).default(30), {
        about: 'As `media.embedded.silence_timeout_s`.',
      }),
      connect_timeout_s: key(seconds(2, 120).default(30), { about: 'As `media.embedded.connect_timeout_s`.' }),
    }).prefault({}),
    { about: 'The FreeSWITCH servers that `engine: freeswitch` uses.' },
  ),
});
