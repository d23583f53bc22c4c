/** What people read in the room about their texts: one plain sentence a key, so that a catalogue in another language can stand in. */
import { type CatalogueOf, inWords, type SentenceOf, type SentenceParameters } from '../room/index.ts';

const english = {
  // Why a text did not go.
  'no-such-number': 'This number is not in service or takes no texts. Please check it.',
  'telephone-unavailable': 'The phone is switched off or cannot be reached right now.',
  'network-trouble': 'The telephone network has a problem right now.',
  'provider-unreachable': 'The telephone provider cannot be reached right now.',
  'too-many-texts': 'The telephone provider takes no more texts for the moment.',
  'recipient-blocks': 'This number, or its provider, wants no texts from your number.',
  'sender-not-allowed': 'The telephone provider does not allow this text.',
  'text-unacceptable':
    'The telephone network cannot carry this text. Please write it shorter, or without special characters.',
  'network-refused': 'The telephone network did not take this text.',
  'not-delivered': 'The telephone network took this text and could not deliver it.',
  'may-have-arrived': 'It is not known whether this text arrived: the telephone provider did not say. It may have.',
  'partly-sent': 'Only the first {sent} of {total} parts of this text were sent.',
  'not-in-time': 'This text could not be sent in time.',
  'text-too-long': 'This text is too long: at most {characters} characters can be sent at once.',
  'too-many-segments': 'This text is {segments} SMS long; at most {most} can be sent at once. Please make it shorter.',
  'too-many-telephones': 'Texts go to at most {most} telephones in one room; there are {telephones} here.',
  'no-way-for-texts': 'There is no way to send texts to this number.',
  'opted-out': '{who} has asked for no more texts from this number. Nothing is sent until they write START.',
  'pool-exhausted': 'All of our numbers that could write to {who} are in use. One will be free {when}.',
  'credit-too-low': 'Your credit is too low: this costs {price}, and you have {left} left. Nothing was sent.',
  'user-limit': 'You have written too many texts in a short time. This one was not sent; please wait a minute.',
  'cannot-be-stored':
    'The gateway has a problem and could not take this text yet. It will try again when it has been restarted.',

  // What becomes of it.
  'will-be-tried': '{why} It will be tried again by itself until {until}.',
  'can-be-sent-again': '{why} React with 🔁 to send it again.',
  'taken-back-too-late': 'This text was sent already and cannot be taken back.',

  // What cannot be sent.
  'edits-not-sent': 'A change to a text that was sent does not reach the telephone. Please write it as a new text.',
  'media-not-sent': 'Pictures and files cannot be sent to a telephone here. Nothing was sent.',
  'media-failed': 'The link for this file could not be made, so nothing was sent. Please try again.',
  'kind-not-sent': 'This kind of message cannot be sent to a telephone. Nothing was sent.',
  'nothing-in-it': 'There is no text in this message, so nothing was sent.',

  // Said once in a room.
  cost: '{cost} This is not said again in this room.',
  'cannot-be-answered': 'Texts from here come from {sender}, which cannot be answered.',

  // Of texts that came.
  'has-opted-out': '{who} has opted out: nothing is sent to them from {number} until they write START.',
  'has-opted-in': '{who} has asked for texts from {number} again.',
  'help-answered': '{who} has asked for help and was sent: “{answer}”',
  'many-texts':
    'More texts from {who} are waiting: they came faster than texts are shown here. The next follow in a minute.',
  'chat-declined':
    'There are texts from {who}, and you have declined the chat with them. They are kept. Write “texts accept” to read them.',
  'relay-paused':
    'Many texts came at once: those of the last minute are shown here, but were not all passed on to the other telephones.',
  'answer-by-reply':
    'To answer a text in this room, reply to it: the answer goes to its writer alone. Nothing else that is written here is sent to telephones.',
  'parts-missing': '[Of {total} parts of this text, these have not come: {missing}]',
} as const;

export type SentenceKey = keyof typeof english;
export type { SentenceParameters };
export type Sentence = SentenceOf<SentenceKey>;
export type TextCatalogue = CatalogueOf<SentenceKey>;

export const englishTexts: TextCatalogue = english;

/** Puts a sentence into words. */
export function say(sentence: Sentence, params: SentenceParameters = {}, catalogue: TextCatalogue = english): string {
  return inWords(sentence, params, catalogue);
}
