/** Digest authentication (RFC 7616, RFC 8760; RFC 2617 compatible): the client, and what tests need of the server. */
export { digestAlgorithm, supportedAlgorithms } from './algorithm.ts';
export { type DigestChallenge, parseChallenges, stringifyChallenge } from './challenge.ts';
export {
  type AuthorizationLine,
  answerChallenge,
  authorize,
  type ChallengeResponse,
  type DigestAttempt,
  type DigestCredentials,
  type DigestEntry,
  type DigestOutcome,
  type DigestRefusalReason,
  type DigestRequest,
  type DigestSpace,
  FIRST_ATTEMPT,
  withNextNonce,
} from './client.ts';
export { digestResponse } from './compute.ts';
export { DigestSession, type DigestTry } from './session.ts';
export { type PresentedDigest, parseCredentials, verifyDigest } from './verify.ts';
