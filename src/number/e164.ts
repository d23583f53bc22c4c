/** A number in E.164 with its plus sign, `+441818118181`. */
export type E164 = string & { readonly __brand: 'E164' };
