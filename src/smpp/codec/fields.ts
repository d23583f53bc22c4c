/** Fields of a PDU by their kind: whatever is something else counts as not there. */

export type Fields = Readonly<Record<string, unknown>>;

export function numberField(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** Without what is not printable ASCII. */
export function textField(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value.replace(/[^\x20-\x7e]/g, '') : undefined;
}

export function octetsField(fields: Fields, name: string): Uint8Array | undefined {
  const value = fields[name];
  return value instanceof Uint8Array ? value : undefined;
}
