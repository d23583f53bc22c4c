import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import { type Conflict, isUnspecified } from './conflict.ts';

/** RTP takes the even port of a pair, RTCP the odd one (RFC 3550 §11). */
const RTP_PORTS_PER_CALL = 2;

const at = (...names: (string | number)[]): Path => ['media', 'embedded', ...names];

export function* checkMedia(config: Config): Generator<Conflict> {
  if (config.media.engine !== 'embedded') return;
  yield* checkCodecs(config.trunks);
  const { rtp, webrtc } = config.media.embedded;
  yield* checkPairs(rtp);
  yield* checkWidth('rtp', rtp, RTP_PORTS_PER_CALL, config.limits.calls);
  yield* checkWidth('webrtc', webrtc, 1, config.limits.calls);
  if (rtp.port_min <= webrtc.port_max && webrtc.port_min <= rtp.port_max) {
    yield {
      path: at('webrtc', 'port_min'),
      about: [at('webrtc', 'port_max'), at('rtp')],
      problem: `the range overlaps the one of media.embedded.rtp, ${rtp.port_min} to ${rtp.port_max}`,
      found: `${webrtc.port_min} to ${webrtc.port_max}`,
      expected: 'two ranges that have no port in common',
      example: 'webrtc: { port_min: 20000, port_max: 29999 }',
    };
  }
  const addresses: [Path, string | undefined][] = [
    [at('rtp', 'public_address'), rtp.public_address],
    ...webrtc.public_addresses.map((each, index): [Path, string] => [at('webrtc', 'public_addresses', index), each]),
  ];
  for (const [path, address] of addresses) {
    if (address === undefined || !isUnspecified(address)) continue;
    const expected = 'the address that the other side reaches, or no such key';
    yield { path, problem: 'nobody can send audio to this address', found: address, expected, example: '198.51.100.7' };
  }
}

/** The embedded engine relays G.711 without transcoding. */
function* checkCodecs(trunks: Config['trunks']): Generator<Conflict> {
  for (const [index, { codecs }] of trunks.entries()) {
    if (codecs.includes('PCMU') || codecs.includes('PCMA')) continue;
    yield {
      path: ['trunks', index, 'codecs'],
      about: [['media', 'engine']],
      problem: 'the embedded media engine knows none of these codecs',
      found: codecs.join(', '),
      expected: 'PCMA or PCMU among them, or media.engine: freeswitch',
      example: 'codecs: [G722, PCMA, PCMU]',
    };
  }
}

interface Range {
  readonly port_min: number;
  readonly port_max: number;
}

function* checkPairs({ port_min, port_max }: Range): Generator<Conflict> {
  if (port_min % 2 !== 0) {
    yield {
      path: at('rtp', 'port_min'),
      problem: 'RTP takes even ports (RFC 3550 §11)',
      found: String(port_min),
      expected: 'an even port',
      example: `port_min: ${port_min + 1}`,
    };
  }
  if (port_max % 2 === 0) {
    yield {
      path: at('rtp', 'port_max'),
      problem: 'the last port is the RTCP port of the last pair',
      found: String(port_max),
      expected: 'an odd port',
      example: `port_max: ${port_max - 1}`,
    };
  }
}

function* checkWidth(
  side: 'rtp' | 'webrtc',
  { port_min, port_max }: Range,
  perCall: number,
  calls: number,
): Generator<Conflict> {
  const needed = calls * perCall;
  const have = Math.max(port_max - port_min + 1, 0);
  if (have >= needed) return;
  const end = Math.min(port_min + needed - 1, 65_535);
  yield {
    path: at(side, 'port_max'),
    about: [at(side, 'port_min'), ['limits', 'calls']],
    problem: `${have} ports are too few for limits.calls: ${calls}`,
    found: `${port_min} to ${port_max}`,
    expected: `at least ${needed} ports (${perCall} a call), or a smaller limits.calls`,
    example: `port_max: ${end % 2 === 0 ? end + 1 : end}`,
  };
}
