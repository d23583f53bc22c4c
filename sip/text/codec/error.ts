/** A body that is not what its Content-Type says. The message says where, and holds nothing of a text. */
export class TextCodecError extends Error {
  readonly format: 'cpim' | 'imdn' | '3gpp' | 'text';

  constructor(format: TextCodecError['format'], problem: string, options?: ErrorOptions) {
    super(`malformed ${format} body: ${problem}`, options);
    this.name = 'TextCodecError';
    this.format = format;
  }
}
