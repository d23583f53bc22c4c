/** SIP: trunks, calls in and out over drachtio-srf, and the embedded server that stands in for drachtio. */
export * from './leg.ts';
