import type { Path } from '../describe.ts';
import type { Config } from '../schema/index.ts';
import { type Conflict, isUnspecified, overlaps, type ReadFile } from './conflict.ts';

const LISTEN: Path = ['sip', 'embedded', 'listen'];

export function* checkListeners({ sip, http, appservice, media }: Config): Generator<Conflict> {
  if (sip.server !== 'embedded') return;
  const { listen, advertise } = sip.embedded;
  const web = [appservice.listen, ...(http.listen === undefined ? [] : [http.listen])];
  const expected = 'another port';
  for (const [index, listener] of listen.entries()) {
    const { transport, port } = listener;
    const words = { path: [...LISTEN, index], expected, example: `- {transport: ${transport}, port: 5070}` };
    // TLS is on TCP: the two cannot have the same port.
    const isUdp = transport === 'udp';
    const rivals = listen.slice(0, index).filter((other) => (other.transport === 'udp') === isUdp);
    const rival = rivals.find((other) => overlaps(listener, other));
    if (rival !== undefined) {
      yield { ...words, problem: `port ${port} is already used by the ${rival.transport} listener before it` };
    }
    if (!isUdp && web.some((other) => overlaps(listener, other))) {
      const about: Path[] = [['appservice', 'listen'], ['http']];
      yield { ...words, about, problem: `port ${port} is already used for HTTP` };
    }
    if (media.engine !== 'embedded') continue;
    for (const side of ['rtp', 'webrtc'] as const) {
      const { port_min, port_max } = media.embedded[side];
      if (!isUdp || port < port_min || port > port_max) continue;
      const about: Path[] = [['media', 'embedded', side]];
      yield { ...words, about, problem: `port ${port} is in the range for audio, ${port_min} to ${port_max}` };
    }
  }
  if (advertise !== undefined && isUnspecified(advertise)) {
    yield {
      path: ['sip', 'embedded', 'advertise'],
      problem: 'nobody can reach this address',
      found: advertise,
      expected: 'the address that other SIP servers reach, or no such key',
      example: 'advertise: 198.51.100.7',
    };
  }
}

const TLS_EXAMPLE = 'tls: { cert: /etc/trunkline/sip.crt, key: /etc/trunkline/sip.key }';

export function* checkTls({ sip }: Config, readFile: ReadFile): Generator<Conflict> {
  if (sip.server !== 'embedded') return;
  const { listen, tls } = sip.embedded;
  const secure = listen.findIndex((listener) => listener.transport === 'tls');
  const isComplete = tls.cert !== undefined && tls.key !== undefined;
  if (secure !== -1 && !isComplete) {
    yield {
      path: [...LISTEN, secure, 'transport'],
      about: [['sip', 'embedded', 'tls']],
      problem: 'a listener with transport tls has no certificate',
      expected: 'sip.embedded.tls with cert and key',
      example: TLS_EXAMPLE,
    };
  }
  if (!isComplete && (tls.cert ?? tls.key) !== undefined) {
    const name = tls.cert === undefined ? 'key' : 'cert';
    const problem = 'a certificate without its key, or a key without its certificate';
    yield { path: ['sip', 'embedded', 'tls', name], problem, expected: 'both cert and key', example: TLS_EXAMPLE };
  }
  for (const name of ['cert', 'key', 'ca'] as const) {
    const file = tls[name];
    if (file === undefined) continue;
    const label = name === 'key' ? 'PRIVATE KEY' : 'CERTIFICATE';
    const problem = pemProblem(file, label, readFile);
    if (problem === undefined) continue;
    yield {
      path: ['sip', 'embedded', 'tls', name],
      problem,
      found: JSON.stringify(file),
      expected: `a file with a ${label.toLowerCase()} in PEM`,
      example: TLS_EXAMPLE,
    };
  }
}

function pemProblem(file: string, label: string, readFile: ReadFile): string | undefined {
  try {
    return readFile(file).includes(`${label}-----`) ? undefined : `the file holds no ${label.toLowerCase()}`;
  } catch (error) {
    return `the file cannot be read (${error instanceof Error && 'code' in error ? error.code : error})`;
  }
}
