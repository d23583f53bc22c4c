/** The SIP server: the embedded one, or a drachtio server. */
import { z } from 'zod';
import { count, filePath, flag, host, key, kind, listenPort, oneOf, port, secret, section, text } from './key.ts';

const listener = section({
  transport: key(oneOf(['udp', 'tcp', 'tls']), { about: 'Transport of this listener.', example: 'udp' }),
  host: key(host().default('0.0.0.0'), { about: 'Address to listen on; 0.0.0.0 or :: for all.' }),
  port: key(listenPort(), { about: 'Port; 5060 is usual for UDP and TCP, 5061 for TLS.', example: 5060 }),
});

const tls = section({
  cert: key(filePath().optional(), {
    about: 'Certificate chain, PEM: for listeners with `transport: tls`. Calls to a trunk over TLS need none.',
    example: '/etc/trunkline/sip.crt',
  }),
  key: key(filePath().optional(), {
    about: 'Private key of the certificate, PEM.',
    example: '/etc/trunkline/sip.key',
  }),
  ca: key(filePath().optional(), {
    about: 'Certificates of authorities that are trusted for trunks, PEM, in place of the ones Node.js knows.',
    example: '/etc/trunkline/trunk-ca.crt',
  }),
  verify_server: key(flag().default(true), {
    about: 'Refuse a trunk whose certificate is not valid for its name. For a PBX of your own, better give `ca`.',
  }),
});

const drachtioServer = section({
  name: key(text().optional(), { about: 'A name for logs and health. Default: host and port.', example: 'sip-1' }),
  host: key(host(), { about: 'Where the drachtio server takes connections of applications.', example: '127.0.0.1' }),
  port: key(port().default(9022), { about: 'Its port for applications (9022; with TLS usually 9023).' }),
  ...secret('secret', 'The shared secret of its `<admin>` element.', 'cymru'),
  tls: key(flag().default(false), { about: 'Connect by TLS (`tls-port` of the `<admin>` element).' }),
  ca: key(filePath().optional(), {
    about: 'Certificates of authorities that are trusted for it, PEM, in place of the ones Node.js knows.',
    example: '/etc/trunkline/drachtio-ca.crt',
  }),
  verify_server: key(flag().default(true), {
    about: 'Refuse a certificate that is not valid for its name: the secret is said to whoever answers.',
  }),
});

const drachtioListen = section({
  host: key(host().default('127.0.0.1'), { about: 'Address to listen on; 0.0.0.0 or :: for all.' }),
  port: key(listenPort(), { about: 'Port that drachtio servers connect to.', example: 9024 }),
  ...secret('secret', 'The shared secret of their `<admin>` elements.', 'cymru'),
  allow_from: key(
    z
      .array(
        kind(z.string().regex(/^(?:[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:\/\d{1,3})?$/), 'an address or a network'),
      )
      .default([]),
    {
      about:
        'Addresses and networks of the servers; an empty list means this machine alone. The secret is said to whoever ' +
        'connects, so nobody else may.',
      example: ['192.0.2.0/24'],
    },
  ),
});

export const sip = section({
  server: key(oneOf(['embedded', 'drachtio']).default('embedded'), {
    about: '`embedded` runs a SIP server inside Trunkline; `drachtio` uses drachtio servers that you run.',
    inSample: true,
  }),
  embedded: key(
    section({
      listen: key(
        z
          .array(listener)
          .min(1)
          .default([
            { transport: 'udp', host: '0.0.0.0', port: 5060 },
            { transport: 'tcp', host: '0.0.0.0', port: 5060 },
          ]),
        {
          about:
            'Where SIP is listened for. A trunk over UDP or TCP needs a listener of that transport; long requests go from UDP to TCP.',
        },
      ),
      advertise: key(host().optional(), {
        about:
          'Address that other SIP servers reach this one at, written into Via and Contact; needed behind NAT. Default: the ' +
          'address of the listener, or the one that packets to the trunk leave from. Never 0.0.0.0.',
        example: '198.51.100.7',
      }),
      tls: key(tls.prefault({}), { about: 'Certificates for SIP over TLS.' }),
      udp_mtu: key(count(0, 65535, 'number of bytes').default(1300), {
        about:
          'Requests longer than this many bytes go over TCP (RFC 3261 §18.1.1). 0 keeps all on UDP, for trunks ' +
          'that know nothing else.',
      }),
    }).prefault({}),
    { about: 'The SIP server inside Trunkline.' },
  ),
  drachtio: key(
    section({
      servers: key(z.array(drachtioServer).default([]), {
        about:
          'The drachtio servers. Each is connected to again when it is lost; calls are placed over any that is there, and ' +
          'come in over all.',
      }),
      listen: key(drachtioListen.optional(), {
        about:
          'Where drachtio servers connect to Trunkline (their `outbound` connections), beside or in place of `servers`.',
      }),
    }).prefault({}),
    { about: 'The drachtio servers that `server: drachtio` uses.' },
  ),
});
