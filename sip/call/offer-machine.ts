/**
 * Whose offer is open in a dialog (RFC 3261 §14, RFC 3311 §5, RFC 6337): one at a time, ours or theirs, and what to say to the
 * one that comes at the wrong moment. Pure.
 */
export type OfferState =
  | { readonly name: 'stable' }
  /** Our re-INVITE or UPDATE is out. */
  | { readonly name: 'ours' }
  /** Theirs waits for our answer. */
  | { readonly name: 'theirs' };

export type OfferStateName = OfferState['name'];

export type OfferInput =
  /** We want to make one. */
  | { readonly type: 'make' }
  /** Ours was answered, refused or given up. */
  | { readonly type: 'made' }
  /** Theirs comes. `offerless`: an UPDATE without description, which only refreshes. */
  | { readonly type: 'receive'; readonly method: 'INVITE' | 'UPDATE'; readonly offerless: boolean }
  /** We have answered theirs, or refused it. */
  | { readonly type: 'answered' };

export type OfferVerdict =
  | { readonly verdict: 'go' }
  /** Ours has to wait until the other one is closed. */
  | { readonly verdict: 'wait' }
  /** Theirs is refused: 491, or 500 with a Retry-After of 0–10 s. */
  | { readonly verdict: 'refuse'; readonly status: 491 | 500 };

/** Decides one step. */
export function stepOffer(
  state: OfferState,
  input: OfferInput,
): { readonly state: OfferState; readonly result: OfferVerdict } {
  const go = (next: OfferState) => ({ state: next, result: { verdict: 'go' } as const });
  const stable: OfferState = { name: 'stable' };
  switch (input.type) {
    case 'make':
      return state.name === 'stable' ? go({ name: 'ours' }) : { state, result: { verdict: 'wait' } };
    case 'made':
      return go(state.name === 'ours' ? stable : state);
    case 'receive':
      if (input.method === 'UPDATE' && input.offerless) return go(state);
      switch (state.name) {
        case 'stable':
          return go({ name: 'theirs' });
        case 'ours':
          // RFC 3261 §14.2, RFC 3311 §5.2: our offer is open.
          return { state, result: { verdict: 'refuse', status: 491 } };
        case 'theirs':
          // RFC 3261 §14.2, RFC 3311 §5.2: their own last one is not answered yet.
          return { state, result: { verdict: 'refuse', status: 500 } };
        default:
          return state satisfies never;
      }
    case 'answered':
      return go(state.name === 'theirs' ? stable : state);
    default:
      return input satisfies never;
  }
}
