/** What a failure of a transport is called in the room. */
import type { Sentence, SentenceKey } from '../sentences.ts';
import type { TextFailure, TextFailureKind } from '../transport.ts';

const sentences: Readonly<Record<TextFailureKind, SentenceKey>> = {
  'no-such-number': 'no-such-number',
  unavailable: 'telephone-unavailable',
  network: 'network-trouble',
  throttled: 'too-many-texts',
  blocked: 'recipient-blocks',
  'not-allowed': 'sender-not-allowed',
  unacceptable: 'text-unacceptable',
  refused: 'network-refused',
};

export function failureWords({ kind }: Pick<TextFailure, 'kind'>): Sentence {
  return { key: sentences[kind] };
}
