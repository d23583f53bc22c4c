/** Fields of a PDU by their kind: whatever is something else counts as not there. */

export type Fields = Readonly<Record<string, unknown>>;

export function numberField(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** Without what is not printable ASCII. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return typeof value === 'string' ? value.replace(/[\x00-\x1f\x7f-\uffff]/g, '') : undefined;
}

export function octetsField(fields: Fields, name: string): Uint8Array | undefined {
  const value = fields[name];
  return value instanceof Uint8Array ? value : undefined;
}
