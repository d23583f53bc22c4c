/** Texts: out and in, what becomes of them, groups, lent numbers, consent. Others use only what is exported here. */
export * from './ports.ts';
export * from './transport.ts';
