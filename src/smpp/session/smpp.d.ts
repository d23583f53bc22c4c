/** What is used of smpp 0.5, which comes without types. */
declare module 'smpp' {
  class PDU {
    /** Octets: throws what it likes when they are no PDU. */
    constructor(octets: Buffer);
    constructor(command: string, fields: Readonly<Record<string, unknown>>);
    /** 'unknown' when the command is. */
    readonly command: string;
    readonly command_id: number;
    readonly command_status: number;
    readonly sequence_number: number;
    /** Throws when a field does not fit into its place. */
    toBuffer(): Buffer;
  }

  interface Smpp {
    readonly PDU: typeof PDU;
    readonly filters: Readonly<Record<string, { decode(value: unknown): unknown }>>;
    readonly errors: Readonly<Record<string, number>>;
  }

  const smpp: Smpp;
  export default smpp;
}
