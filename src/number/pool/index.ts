/** The number pool: which of our numbers is lent to whom for a telephone. Pure. */
export * from './choose.ts';
