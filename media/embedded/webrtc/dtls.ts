/**
 * DTLS of a call (RFC 5764): werift's handshake, and the proofs that it leaves to its user: the certificate is the one
 * of the signalled fingerprint (RFC 8122 §6.2), and the peer signed this very handshake with its key (RFC 5246 §7.4.8,
 * §7.4.3). Without the latter anybody who once saw the certificate could show it.
 */

import { createHash, createVerify, X509Certificate } from 'node:crypto';
import {
  CipherContext,
  DtlsClient,
  DtlsServer,
  HashAlgorithm,
  NamedCurveAlgorithm,
  SignatureAlgorithm,
  type SignatureHash,
} from 'werift';
import type { Fingerprint } from '../../sdp/index.ts';
import type { MasterKey } from '../srtp/srtp.ts';
import { DtlsReader } from './dtls-reader.ts';

export interface Certificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly signatureHash: SignatureHash;
  readonly fingerprint: Fingerprint;
}

/** A self-signed certificate, new with each start of a worker (RFC 8827 §6.5 asks for ECDSA P-256). */
export async function createCertificate(): Promise<Certificate> {
  const { certPem, keyPem, signatureHash } = await CipherContext.createSelfSignedCertificateWithKey(
    { signature: SignatureAlgorithm.ecdsa_3, hash: HashAlgorithm.sha256_4 },
    NamedCurveAlgorithm.secp256r1_23,
  );
  const value = fingerprintOf(new X509Certificate(certPem).raw, 'sha-256');
  return { certPem, keyPem, signatureHash, fingerprint: { algorithm: 'sha-256', value } };
}

function fingerprintOf(der: Buffer, algorithm: string): string {
  const digest = createHash(algorithm.replace('-', '')).update(der).digest('hex').toUpperCase();
  return digest.match(/../g)?.join(':') ?? '';
}

/** Strongest first; what is weaker than SHA-256 proves nothing today. */
const TRUSTED_HASHES = ['sha-512', 'sha-384', 'sha-256'];
const SRTP_AES128_CM_HMAC_SHA1_80 = 1;
const CERTIFICATE_VERIFY = 15;
const SERVER_KEY_EXCHANGE = 12;

export interface DtlsListener {
  connected(keys: { readonly send: MasterKey; readonly receive: MasterKey }): void;
  failed(reason: string): void;
  /** The peer said good-bye (close_notify). */
  closed(): void;
}

export class DtlsSession {
  readonly role: 'client' | 'server';
  readonly #dtls: DtlsServer | DtlsClient;
  readonly #listener: DtlsListener;
  readonly #fingerprints: readonly Fingerprint[];
  readonly #transport: { onData: (data: Buffer, address: readonly [string, number]) => void };
  readonly #reader: DtlsReader;
  #state: 'new' | 'connected' | 'failed' | 'closed' = 'new';

  constructor(options: {
    readonly role: 'client' | 'server';
    readonly certificate: Certificate;
    readonly fingerprints: readonly Fingerprint[];
    readonly send: (data: Buffer) => void;
    readonly listener: DtlsListener;
  }) {
    this.role = options.role;
    this.#listener = options.listener;
    this.#fingerprints = options.fingerprints;
    const transport = {
      type: 'ice',
      closed: false,
      address: { address: '', port: 0, family: 'IPv4' },
      onData: (_data: Buffer, _address: readonly [string, number]): void => {},
      send: async (data: Buffer): Promise<void> => options.send(data),
      close: async (): Promise<void> => {},
    };
    this.#transport = transport;
    this.#reader = new DtlsReader(options.role, (record) => this.#transport.onData(record, ['', 0]));
    const { certPem, keyPem, signatureHash } = options.certificate;
    const common = {
      cert: certPem,
      key: keyPem,
      signatureHash,
      transport,
      srtpProfiles: [SRTP_AES128_CM_HMAC_SHA1_80] as [1],
      extendedMasterSecret: true,
    };
    this.#dtls =
      options.role === 'server' ? new DtlsServer({ ...common, certificateRequest: true }) : new DtlsClient(common);
    this.#dtls.onConnect.once(() => this.#connected());
    this.#dtls.onError.once((error) => this.#fail(error instanceof Error ? error.message : String(error)));
    this.#dtls.onClose.once(() => {
      if (this.#state === 'closed') return;
      this.#state = 'closed';
      this.#listener.closed();
    });
  }

  /** The client's first flight; a server waits. */
  start(): void {
    if (this.#dtls instanceof DtlsClient) this.#dtls.connect().catch((error) => this.#fail(String(error)));
  }

  receive(data: Buffer): void {
    if (this.#state === 'failed' || this.#state === 'closed') return;
    this.#reader.receive(data);
  }

  close(): void {
    this.#state = 'closed';
    this.#transport.onData = () => {};
  }

  #connected(): void {
    if (this.#state !== 'new') return;
    const fault = this.#fault();
    if (fault) {
      this.#fail(fault);
      return;
    }
    this.#state = 'connected';
    const keys = this.#dtls.extractSessionKeys(16, 14);
    this.#listener.connected({
      send: { key: keys.localKey, salt: keys.localSalt, tagBytes: 10 },
      receive: { key: keys.remoteKey, salt: keys.remoteSalt, tagBytes: 10 },
    });
  }

  #fail(reason: string): void {
    if (this.#state !== 'new') return;
    this.#state = 'failed';
    this.#listener.failed(reason);
  }

  /** What is wrong with the peer's proof; undefined when it is whom the signalling named. */
  #fault(): string | undefined {
    const der = this.#dtls.remoteCertificate;
    if (!der) return 'the client sent no certificate';
    const algorithm = TRUSTED_HASHES.find((name) => this.#fingerprints.some((entry) => entry.algorithm === name));
    if (!algorithm) return 'the client gave no fingerprint with SHA-256 or better';
    const actual = fingerprintOf(der, algorithm);
    if (!this.#fingerprints.some((entry) => entry.algorithm === algorithm && entry.value === actual)) {
      return "the client's certificate is not the one of the fingerprint in its description";
    }
    if (this.#dtls.srtp.srtpProfile !== SRTP_AES128_CM_HMAC_SHA1_80) return 'no SRTP protection profile was agreed';
    return this.#isSigned(der) ? undefined : 'the client did not prove that it has the key of its certificate';
  }

  #isSigned(der: Buffer): boolean {
    try {
      return this.role === 'server' ? this.#isHandshakeSigned(der) : this.#isKeyExchangeSigned(der);
    } catch {
      return false;
    }
  }

  /** RFC 5246 §7.4.8: the client signs all handshake messages up to its CertificateVerify. */
  #isHandshakeSigned(der: Buffer): boolean {
    const messages = this.#dtls.dtls.sortedHandshakeCache;
    const at = messages.findIndex((message) => message.msg_type === CERTIFICATE_VERIFY);
    const verify = messages[at];
    if (!verify) return false;
    const signed = Buffer.concat(messages.slice(0, at).map((message) => message.serialize()));
    const hash = hashName(verify.fragment[0]);
    const length = verify.fragment.readUInt16BE(2);
    const signature = verify.fragment.subarray(4, 4 + length);
    return createVerify(hash).update(signed).verify(new X509Certificate(der).publicKey, signature);
  }

  /** RFC 5246 §7.4.3, RFC 8422 §5.4: the server signs both randoms and its ephemeral key. */
  #isKeyExchangeSigned(der: Buffer): boolean {
    const exchange = this.#dtls.dtls.sortedHandshakeCache.find((message) => message.msg_type === SERVER_KEY_EXCHANGE);
    if (!exchange) return false;
    const body = exchange.fragment;
    const parametersEnd = 4 + (body[3] as number);
    const hash = hashName(body[parametersEnd]);
    const length = body.readUInt16BE(parametersEnd + 2);
    const signature = body.subarray(parametersEnd + 4, parametersEnd + 4 + length);
    const { localRandom, remoteRandom } = this.#dtls.cipher;
    const signed = Buffer.concat([localRandom.serialize(), remoteRandom.serialize(), body.subarray(0, parametersEnd)]);
    return createVerify(hash).update(signed).verify(new X509Certificate(der).publicKey, signature);
  }
}

/** RFC 5246 §7.4.1.4.1, without the broken ones. */
function hashName(code: number | undefined): string {
  const name = { 4: 'sha256', 5: 'sha384', 6: 'sha512' }[code ?? 0];
  if (!name) throw new Error(`hash algorithm ${code} is not accepted`);
  return name;
}
