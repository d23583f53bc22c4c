/** What went wrong with a request, as RFC 9457 problem details. */
import type { FastifyReply } from 'fastify';
import type { OperationErrorCode } from '../../operations/index.ts';

export type ProblemKind =
  | OperationErrorCode
  | 'not-signed-in'
  | 'too-many-wrong-tokens'
  | 'unreadable'
  | 'too-large'
  | 'key-in-use'
  | 'key-reused'
  | 'gateway-trouble';

interface ProblemWords {
  readonly status: number;
  /** The same for each of its kind (RFC 9457 §3.1.3). */
  readonly title: string;
  /** For whoever writes a program: when it comes, and what to do. */
  readonly about: string;
}

export const PROBLEMS: Readonly<Record<ProblemKind, ProblemWords>> = {
  unreadable: {
    status: 400,
    title: 'The request cannot be read',
    about: 'The body is no JSON, or is of another type. Send it with `Content-Type: application/json`.',
  },
  'not-signed-in': {
    status: 401,
    title: 'Not signed in',
    about:
      'Send `Authorization: Bearer` with a token of `api.tokens`, or `Authorization: MatrixOpenID` with an OpenID token.',
  },
  forbidden: { status: 403, title: 'Not allowed', about: 'This token or user may not do it.' },
  'not-found': { status: 404, title: 'There is no such thing', about: '`detail` says what was looked for.' },
  conflict: {
    status: 409,
    title: 'It stands against what is there',
    about: 'Such as a number that somebody else has. `detail` says what; look, decide, and ask again.',
  },
  'key-in-use': {
    status: 409,
    title: 'The same request is being answered',
    about: 'Another request with this `Idempotency-Key` has not been answered yet. Wait, and ask again.',
  },
  'too-large': { status: 413, title: 'The request is too large', about: 'Send less at a time.' },
  invalid: {
    status: 422,
    title: 'The request makes no sense',
    about: 'A value is missing or wrong. `errors` names each field.',
  },
  'key-reused': {
    status: 422,
    title: 'This key was used for another request',
    about: 'An `Idempotency-Key` belongs to one request and its repeats. Make a new one for each request.',
  },
  'too-many-wrong-tokens': {
    status: 429,
    title: 'Too many wrong tokens',
    about: 'From this address came too many requests with wrong tokens. Wait as long as `Retry-After` says.',
  },
  'gateway-trouble': {
    status: 500,
    title: 'The gateway is in trouble',
    about: 'Its log says why. A request that changes something may be repeated with the same `Idempotency-Key`.',
  },
  unavailable: {
    status: 503,
    title: 'Not now',
    about: 'What it needs is not there, such as a homeserver that does not answer. Ask again later.',
  },
};

export interface FieldFault {
  readonly field: string;
  readonly detail: string;
}

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldFault[];
  readonly retryAfterS: number | undefined;

  /** @param detail sentences about this very request */
  constructor(
    kind: ProblemKind,
    detail: string,
    options: ErrorOptions & { readonly errors?: readonly FieldFault[]; readonly retryAfterS?: number } = {},
  ) {
    super(detail, options);
    this.name = 'Problem';
    this.kind = kind;
    this.errors = options.errors ?? [];
    this.retryAfterS = options.retryAfterS;
  }
}

/** Where the kind of a problem is described, relative to the root of the server (RFC 9457 §3.1.1). */
export const problemType = (kind: ProblemKind): string => `/_trunkline/v1/problems/${kind}`;

export function sendProblem(reply: FastifyReply, { kind, message, errors, retryAfterS }: Problem): FastifyReply {
  const { status, title } = PROBLEMS[kind];
  // RFC 9110 §11.6.1: a 401 says how to sign in.
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="Trunkline", MatrixOpenID realm="Trunkline"');
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS));
  return reply
    .code(status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .send(
      JSON.stringify({
        type: problemType(kind),
        title,
        status,
        detail: message,
        ...(errors.length === 0 ? {} : { errors }),
      }),
    );
}
