/** Matrix: the application service. Others use only what is exported here. */
export * from './call-events.ts';
export * from './ids.ts';
