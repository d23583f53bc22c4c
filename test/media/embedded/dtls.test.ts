import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MasterKey } from '../../../media/embedded/srtp/srtp.ts';
import {
  type Certificate,
  createCertificate,
  type DtlsListener,
  DtlsSession,
} from '../../../media/embedded/webrtc/dtls.ts';
import type { Fingerprint } from '../../../media/sdp/index.ts';

type Outcome = { send: MasterKey; receive: MasterKey } | string;

/** A handshake in memory; what became of both ends. */
async function handshake(options: {
  readonly clientCertificate: Certificate;
  readonly serverCertificate: Certificate;
  /** What the signalling told the other end. */
  readonly clientFingerprints: readonly Fingerprint[];
  readonly serverFingerprints: readonly Fingerprint[];
}): Promise<{ client: Outcome; server: Outcome }> {
  let client: DtlsSession;
  let server: DtlsSession;
  const outcomeOf = (resolve: (outcome: Outcome) => void): DtlsListener => ({
    connected: resolve,
    failed: resolve,
    closed: () => {},
  });
  const clientOutcome = new Promise<Outcome>((resolve) => {
    client = new DtlsSession({
      role: 'client',
      certificate: options.clientCertificate,
      fingerprints: options.serverFingerprints,
      send: (data) => setImmediate(() => server.receive(data)),
      listener: outcomeOf(resolve),
    });
  });
  const serverOutcome = new Promise<Outcome>((resolve) => {
    server = new DtlsSession({
      role: 'server',
      certificate: options.serverCertificate,
      fingerprints: options.clientFingerprints,
      send: (data) => setImmediate(() => client.receive(data)),
      listener: outcomeOf(resolve),
    });
    client.start();
  });
  return { client: await clientOutcome, server: await serverOutcome };
}

test('both ends get each other’s keys', async () => {
  const [a, b] = await Promise.all([createCertificate(), createCertificate()]);
  const { client, server } = await handshake({
    clientCertificate: a,
    serverCertificate: b,
    clientFingerprints: [a.fingerprint],
    serverFingerprints: [b.fingerprint],
  });
  if (typeof client === 'string' || typeof server === 'string') throw new Error(`failed: ${client} ${server}`);
  expect(client.send.key).toHaveLength(16);
  expect(client.send.salt).toHaveLength(14);
  expect(client.send).toEqual(server.receive);
  expect(server.send).toEqual(client.receive);
});

test('a certificate that the signalling did not name is refused', async () => {
  const [a, b] = await Promise.all([createCertificate(), createCertificate()]);
  const { server } = await handshake({
    clientCertificate: a,
    serverCertificate: b,
    clientFingerprints: [b.fingerprint],
    serverFingerprints: [b.fingerprint],
  });
  expect(server).toMatch(/not the one of the fingerprint/);
});

test('only a weak fingerprint is refused', async () => {
  const [a, b] = await Promise.all([createCertificate(), createCertificate()]);
  const { server } = await handshake({
    clientCertificate: a,
    serverCertificate: b,
    clientFingerprints: [{ algorithm: 'sha-1', value: 'AA' }],
    serverFingerprints: [b.fingerprint],
  });
  expect(server).toMatch(/SHA-256 or better/);
});

test('a client that shows somebody else’s certificate is refused: it cannot sign with its key', async () => {
  const [victim, imposter, b] = await Promise.all([createCertificate(), createCertificate(), createCertificate()]);
  const { server } = await handshake({
    clientCertificate: { ...victim, keyPem: imposter.keyPem },
    serverCertificate: b,
    clientFingerprints: [victim.fingerprint],
    serverFingerprints: [b.fingerprint],
  });
  expect(server).toMatch(/did not prove/);
});

test('a server that shows somebody else’s certificate is refused', async () => {
  const [a, victim, imposter] = await Promise.all([createCertificate(), createCertificate(), createCertificate()]);
  const { client } = await handshake({
    clientCertificate: a,
    serverCertificate: { ...victim, keyPem: imposter.keyPem },
    clientFingerprints: [a.fingerprint],
    serverFingerprints: [victim.fingerprint],
  });
  expect(client).toMatch(/did not prove/);
});

test('a handshake of rubbish fails or waits, and throws at nobody', async () => {
  const certificate = await createCertificate();
  const message = fc.record({
    type: fc.constantFrom(1, 2, 11, 12, 15, 16, 20),
    body: fc.uint8Array({ maxLength: 120 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 6 }),
      fc.constantFrom('client', 'server'),
      async (messages, role) => {
        let isConnected = false;
        const session = new DtlsSession({
          role: role as 'client' | 'server',
          certificate,
          fingerprints: [certificate.fingerprint],
          send: () => {},
          listener: { connected: () => (isConnected = true), failed: () => {}, closed: () => {} },
        });
        for (const [sequence, { type, body }] of messages.entries()) {
          const record = Buffer.alloc(25 + body.length);
          record.writeUIntBE(0x16fefd, 0, 3);
          record.writeUInt16BE(12 + body.length, 11);
          record[13] = type;
          record.writeUIntBE(body.length, 14, 3);
          record.writeUInt16BE(sequence, 17);
          record.writeUIntBE(body.length, 22, 3);
          record.set(body, 25);
          session.receive(record);
        }
        await new Promise((resolve) => setImmediate(resolve));
        session.close();
        expect(isConnected).toBe(false);
      },
    ),
    { numRuns: 200 },
  );
});
