/** Texts between two numbers of our own: they never leave the gateway. */
import type { ArrivedText, MessageTransport, PartToSend, Submitted, TransportListener } from './transport.ts';

/** A hold-up of a moment: the store was not there. */
const RETRY_MS = 5_000;
const WINDOW = 20;

/** @param name by which decisions mean it; no trunk may have it */
export function createInsideTransport(name: string): MessageTransport {
  let listener: TransportListener | undefined;
  return {
    name,
    // What was taken is known by its key.
    knowsRepeats: true,
    tellsReceipts: false,
    window: WINDOW,
    state: () => ({ state: 'up' }),
    onUp: () => undefined,
    cut: (text) => ({ kind: 'parts', parts: [text] }),
    async submit(part) {
      const taken = await listener?.arrived(arrivalOf(part, name));
      if (taken?.kind === 'taken') return { kind: 'accepted' };
      return taken === undefined || taken.why === 'unavailable' ? notNow : nobody;
    },
    listen(to) {
      listener = to;
    },
    notify: async () => undefined,
    async close() {
      listener = undefined;
    },
  };
}

function arrivalOf({ textRef, key, sender, target, text }: PartToSend, transport: string): ArrivedText {
  return {
    textRef: textRef.replace(/^out-/, 'in-'),
    transport,
    key,
    sender: sender ?? '',
    withheld: sender === undefined,
    called: target,
    text,
    wants: { delivered: false, displayed: false },
  };
}

const notNow: Submitted = {
  kind: 'failed',
  failure: {
    kind: 'network',
    isTemporary: true,
    isTrunkFault: false,
    said: 'the gateway takes no texts for the moment',
    mayHaveArrived: false,
    retryAfterMs: RETRY_MS,
  },
};

const nobody: Submitted = {
  kind: 'failed',
  failure: {
    kind: 'no-such-number',
    isTemporary: false,
    isTrunkFault: false,
    said: 'nobody here gets texts to this number',
    mayHaveArrived: false,
  },
};
