/** An address to listen on that stands for all of this machine. */
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
