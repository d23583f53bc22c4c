/** Whether a request comes from the homeserver. */
import { createHash, timingSafeEqual } from 'node:crypto';

export type AuthVerdict = 'ok' | 'missing' | 'wrong';

/**
 * @param authorization the header, `Bearer …`
 * @param queryToken `access_token` of the query, where it counts (before version 1.4 homeservers sent it there)
 */
export function checkToken(
  hsToken: string,
  authorization: string | undefined,
  queryToken: string | undefined,
): AuthVerdict {
  const bearer = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
  const given = bearer ?? queryToken;
  if (given === undefined || given === '') return 'missing';
  return sameSecret(given, hsToken) ? 'ok' : 'wrong';
}

/** In a time that tells nothing: not where they differ, nor how long the secret is. */
function sameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(secret).digest());
}
