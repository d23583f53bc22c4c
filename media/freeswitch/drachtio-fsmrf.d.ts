/** What is used of drachtio-fsmrf 5, which comes without types. */
declare module 'drachtio-fsmrf' {
  import type Srf from 'drachtio-srf';

  interface EslEvent {
    getHeader(name: string): string | null | undefined;
  }

  interface EslConnection {
    subscribe(events: readonly string[]): void;
    on(event: string, listener: (event: EslEvent) => void): void;
    bgapi(command: string): void;
  }

  interface MediaServer {
    readonly conn: EslConnection;
    readonly currentSessions: number;
    /** Set, it takes the loss of its connection for intended. */
    closing: boolean;
    api(command: string): Promise<string | undefined>;
    disconnect(): void;
  }

  class Mrf {
    constructor(srf: Srf);
    connect(options: {
      address: string;
      port: number;
      secret: string;
      listenAddress: string;
      profile: string;
    }): Promise<MediaServer>;
  }
  export default Mrf;
}
