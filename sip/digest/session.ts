import { randomBytes } from 'node:crypto';
import { parseAuthItems } from './auth-params.ts';
import {
  type AuthorizationLine,
  answerChallenge,
  authorize,
  type ChallengeResponse,
  type DigestCredentials,
  type DigestEntry,
  type DigestRefusalReason,
  type DigestRequest,
  FIRST_ATTEMPT,
  withNextNonce,
} from './client.ts';

/** One request on its way through challenges. */
export interface DigestTry {
  /** For the first sending: credentials that earlier requests of the session earned; often none. */
  readonly headers: readonly AuthorizationLine[];
  /**
   * To be called for each 401 and 407 to this request.
   * @returns the headers for sending it again with CSeq + 1 (RFC 3261 §22.2), or why not to
   */
  challenged(
    response: ChallengeResponse,
  ):
    | { readonly kind: 'retry'; readonly headers: readonly AuthorizationLine[] }
    | { readonly kind: 'refused'; readonly reason: DigestRefusalReason; readonly message: string };
}

/**
 * The memory of one dialog's (or one registration's) challenges, so that BYE and re-INVITE go out with credentials at
 * once. Requests may overlap: each has its own `DigestTry`, the nonce counts are shared.
 */
export class DigestSession {
  readonly #credentials: DigestCredentials;
  readonly #makeCnonce: () => string;
  #entries: readonly DigestEntry[] = [];

  constructor(credentials: DigestCredentials, makeCnonce: () => string = () => randomBytes(16).toString('base64url')) {
    this.#credentials = credentials;
    this.#makeCnonce = makeCnonce;
  }

  /** Begins a request. */
  begin(request: DigestRequest): DigestTry {
    let attempt = FIRST_ATTEMPT;
    const first = authorize(this.#entries, request, this.#credentials);
    this.#entries = first.entries;
    return {
      headers: first.headers,
      challenged: (response) => {
        const outcome = answerChallenge(this.#entries, attempt, response, request, this.#credentials, this.#makeCnonce);
        if (outcome.kind === 'refused') return outcome;
        attempt = outcome.attempt;
        this.#entries = outcome.entries;
        return { kind: 'retry', headers: outcome.headers };
      },
    };
  }

  /** Takes note of a success: the value of its Authentication-Info header, if it had one. */
  succeeded(authenticationInfo: string | undefined): void {
    if (authenticationInfo === undefined) return;
    const [item] = parseAuthItems(`digest ${authenticationInfo}`);
    this.#entries = withNextNonce(this.#entries, item?.params.get('nextnonce')?.value);
  }
}
