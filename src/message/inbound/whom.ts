/** Whom a text is for. */
import type { RingTarget } from '../../matrix/index.ts';
import type { InboundTextRequest } from '../ports.ts';
import type { InboundParts } from './parts.ts';

export type Whom =
  | { readonly kind: 'for'; readonly targets: readonly [RingTarget, ...RingTarget[]] }
  /** The number is ours and only sends. */
  | { readonly kind: 'only-sends' }
  /** `admin`: for the log. */
  | { readonly kind: 'nobody'; readonly admin: string };

/** A number that is lent means whom it was lent for; nobody but them may read what comes to it. */
export async function whomItMeans(
  { transport, account, called, sender }: InboundTextRequest,
  { decide, books }: Pick<InboundParts, 'decide' | 'books'>,
): Promise<Whom> {
  const decided = decide({ transport, ...(account === undefined ? {} : { account }), called, sender });
  switch (decided.kind) {
    case 'users':
      return { kind: 'for', targets: decided.targets };
    case 'pool': {
      const user = await books.leases.holder(called, sender);
      if (user !== undefined) return { kind: 'for', targets: [{ kind: 'user', user }] };
      return { kind: 'nobody', admin: `no number of the pool ${decided.pool} is lent for this telephone` };
    }
    case 'shared':
      return { kind: 'only-sends' };
    case 'nobody':
      return { kind: 'nobody', admin: decided.admin };
    default:
      return decided satisfies never;
  }
}
