/** OpenSSL as a DTLS client, over a network that loses, doubles and delays. */
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificate, createCertificate, DtlsSession } from '../../../media/embedded/webrtc/dtls.ts';
import type { Fingerprint } from '../../../media/sdp/index.ts';
import { Process } from '../../world/process.ts';

const directory = mkdtempSync(join(tmpdir(), 'dtls-'));
const key = join(directory, 'key.pem');
const certificate = join(directory, 'certificate.pem');
let ours: Certificate;
let theirs: Fingerprint;

beforeAll(async () => {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=client'],
      ...['-days', '2', '-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  const digest = createHash('sha256')
    .update(new X509Certificate(readFileSync(certificate)).raw)
    .digest('hex');
  theirs = { algorithm: 'sha-256', value: digest.toUpperCase().match(/../g)?.join(':') ?? '' };
  ours = await createCertificate();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Settles with what became of one handshake. */
async function handshake(network: { readonly loss: number; readonly doubled: number }): Promise<string> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  let peer: RemoteInfo | undefined;
  let isOpen = true;
  const timers = new Set<NodeJS.Timeout>();
  const outcome = new Promise<string>((resolve) => {
    const session = new DtlsSession({
      role: 'server',
      certificate: ours,
      fingerprints: [theirs],
      send: (data) => {
        if (isOpen && peer && Math.random() >= network.loss) socket.send(data, peer.port, peer.address);
      },
      listener: { connected: () => resolve('connected'), failed: resolve, closed: () => resolve('closed') },
    });
    socket.on('message', (data, from) => {
      peer = from;
      if (Math.random() < network.loss) return;
      session.receive(data);
      if (Math.random() >= network.doubled) return;
      timers.add(setTimeout(() => session.receive(data), Math.random() * 40));
    });
  });
  const args = [
    ...['s_client', '-dtls1_2', '-connect', `127.0.0.1:${socket.address().port}`, '-quiet'],
    ...['-use_srtp', 'SRTP_AES128_CM_SHA1_80', '-cert', certificate, '-key', key],
  ];
  const client = await Process.start('openssl', args, { name: 'openssl' });
  const result = await outcome;
  await client.stop(0);
  isOpen = false;
  for (const timer of timers) clearTimeout(timer);
  socket.close();
  return result;
}

test.each([
  { loss: 0, doubled: 0 },
  { loss: 0, doubled: 0.5 },
  { loss: 0.1, doubled: 0.3 },
])('every handshake succeeds with $loss lost and $doubled doubled and late', async (network) => {
  const results = await Promise.all(Array.from({ length: 8 }, () => handshake(network)));
  expect(results).toEqual(Array(8).fill('connected'));
});
