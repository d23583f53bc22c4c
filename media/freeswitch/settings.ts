/** Settings of the FreeSWITCH engine, with their defaults. */

export interface FreeswitchServerSettings {
  /** For logs and health. Default: host and port. */
  readonly name?: string;
  /** Of its event socket. */
  readonly host: string;
  /** Default 8021. */
  readonly port?: number;
  /** Password of its event socket. */
  readonly secret: string;
  /** SIP profile that serves the gateway. Default `trunkline`, as in the configuration that comes with the gateway. */
  readonly profile?: string;
  /** Its share of the calls, in proportion to the others'. Default 1. */
  readonly weight?: number;
  /** Gets no new calls and keeps the ones that it has. Default false. */
  readonly draining?: boolean;
}

export interface FreeswitchMediaSettings {
  readonly servers: readonly FreeswitchServerSettings[];
  /**
   * A SIP server that speaks drachtio's control protocol and is for these legs alone: a second application on it would be
   * handed our INVITEs, and the gateway's trunks ours.
   */
  readonly signalling: {
    readonly host: string;
    readonly port: number;
    readonly secret: string;
    /** Where the media servers reach it by SIP over TCP, `host:port`. */
    readonly sipAddress: string;
  };
  /** How long ICE and DTLS may take after our answer. Default 30 000. */
  readonly connectTimeoutMs?: number;
  /** Silence of one side for so long, not on hold, is a `media-timeout`. 0: never. Default 30 000. */
  readonly mediaTimeoutMs?: number;
  /** How often a server is asked how it is. Default 5 000. */
  readonly healthIntervalMs?: number;
  /** How long a server may take over one request. Default 5 000. */
  readonly requestTimeoutMs?: number;
}

export interface EngineSettings {
  readonly sipAddress: string;
  readonly connectTimeoutMs: number;
  readonly mediaTimeoutMs: number;
  readonly healthIntervalMs: number;
  readonly requestTimeoutMs: number;
}

export function engineSettings(settings: FreeswitchMediaSettings): EngineSettings {
  return {
    sipAddress: settings.signalling.sipAddress,
    connectTimeoutMs: settings.connectTimeoutMs ?? 30_000,
    mediaTimeoutMs: settings.mediaTimeoutMs ?? 30_000,
    healthIntervalMs: settings.healthIntervalMs ?? 5_000,
    requestTimeoutMs: settings.requestTimeoutMs ?? 5_000,
  };
}
