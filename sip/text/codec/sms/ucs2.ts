/**
 * UCS-2 as SMS uses it (3GPP TS 23.038 §6.2.3): big-endian UTF-16 in fact, since telephones have sent surrogate pairs for all
 * that lies beyond the first plane for many years.
 */
export function ucs2Encode(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    octets[2 * i] = unit >> 8;
    octets[2 * i + 1] = unit & 0xff;
  }
  return octets;
}

/** An odd octet at the end is left out; lone surrogates stay, so that a pair which was cut in two is whole when it is joined. */
export function ucs2Decode(octets: Uint8Array): string {
  const units: string[] = [];
  for (let i = 0; i + 1 < octets.length; i += 2) {
    units.push(String.fromCharCode(((octets[i] ?? 0) << 8) | (octets[i + 1] ?? 0)));
  }
  return units.join('');
}
