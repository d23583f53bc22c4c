/** What can go wrong when the gateway asks the homeserver something. */

/**
 * - `unreachable`: no answer came (connection refused, timeout, a proxy's error page): worth another try.
 * - `busy`: the homeserver said so (429, 5xx): worth another try, after `retryAfterMs` if given.
 * - `refused`: it understood and said no: another try would end the same.
 */
export type HomeserverErrorKind = 'unreachable' | 'busy' | 'refused';

export interface HomeserverErrorFacts {
  readonly kind: HomeserverErrorKind;
  /** What was asked, without identifiers: "join a room". */
  readonly action: string;
  readonly status?: number;
  readonly errcode?: string;
  /** The homeserver's or the system's own words. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
  /** The whole body of a refused request, for the few places that need more than the errcode. */
  readonly body?: unknown;
}

/** `message` is for the log: what was tried, what came back. It holds no token and no event content. */
export class HomeserverError extends Error {
  readonly facts: HomeserverErrorFacts;
  constructor(facts: HomeserverErrorFacts, options?: ErrorOptions) {
    super(inWords(facts), options);
    this.name = 'HomeserverError';
    this.facts = facts;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.facts.kind !== 'refused';
  }
}

function inWords({ kind, action, status, errcode, detail }: HomeserverErrorFacts): string {
  const said = [status, errcode, detail].filter((part) => part !== undefined).join(' ');
  switch (kind) {
    case 'unreachable':
      return `could not ${action}: no answer from the homeserver${said === '' ? '' : ` (${said})`}`;
    case 'busy':
      return `could not ${action} yet: the homeserver answered ${said}`;
    case 'refused':
      return `could not ${action}: the homeserver refused (${said})`;
    default:
      return kind satisfies never;
  }
}

/** Whether the error is a refusal with this `errcode`. */
export function isRefusal(error: unknown, errcode?: string): error is HomeserverError {
  return (
    error instanceof HomeserverError &&
    error.facts.kind === 'refused' &&
    (errcode === undefined || error.facts.errcode === errcode)
  );
}
