/** A homeserver in the process, for faults that a real one cannot be made to have. */
import { HomeserverError } from '../../../../src/matrix/client/errors.ts';
import type { Homeserver, HomeserverRequest } from '../../../../src/matrix/client/homeserver.ts';

type Reply = unknown | ((request: HomeserverRequest) => unknown);

export class FakeHomeserver implements Homeserver {
  /** What was asked, in order: "POST /rooms/…/join as @ghost". */
  readonly requests: HomeserverRequest[] = [];
  readonly #rules: { readonly pattern: RegExp; reply: Reply; times: number }[] = [];

  /** The newest rule that matches "METHOD path" counts. `times`: then the rule is used up. */
  on(pattern: RegExp, reply: Reply, times = Number.POSITIVE_INFINITY): this {
    this.#rules.unshift({ pattern, reply, times });
    return this;
  }

  async request(request: HomeserverRequest): Promise<unknown> {
    this.requests.push(request);
    const line = `${request.method} ${decodeURIComponent(request.path)}`;
    const rule = this.#rules.find(({ pattern, times }) => times > 0 && pattern.test(line));
    if (rule === undefined) return {};
    rule.times -= 1;
    return typeof rule.reply === 'function' ? await rule.reply(request) : rule.reply;
  }

  /** "METHOD path" of all requests that match. */
  lines(pattern = /./): string[] {
    return this.requests
      .map(({ method, path }) => `${method} ${decodeURIComponent(path)}`)
      .filter((line) => pattern.test(line));
  }
}

/** Rejects as the real client would. */
export function refuse(status: number, errcode: string, detail = 'no'): () => never {
  return () => {
    const kind = status >= 500 || status === 429 ? 'busy' : 'refused';
    throw new HomeserverError({ kind, action: 'ask', status, errcode, detail });
  };
}

export function unreachable(): never {
  throw new HomeserverError({ kind: 'unreachable', action: 'ask', detail: 'ECONNREFUSED' });
}
