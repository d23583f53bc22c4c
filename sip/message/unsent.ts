/** What the embedded server says of a request that it could not send, in the answer that it makes itself. Pure. */
import { makeHeader } from './headers.ts';
import type { HeaderKey, SipHeader, SipResponse } from './types.ts';

const NAME = 'X-Trunkline-Unsent';
const KEY: HeaderKey = 'x-trunkline-unsent';

/** The request certainly reached nobody. */
export const UNSENT: SipHeader = makeHeader(NAME, 'yes');

/** @param response one that no far side made */
export function isUnsent(response: SipResponse): boolean {
  return response.headers.some(({ key }) => key === KEY);
}
