/** What people read in the room: one plain sentence a key, so that a catalogue in another language can stand in. */
import { type CatalogueOf, inWords, type SentenceOf, type SentenceParameters } from '../room/index.ts';

const english = {
  'line-busy': 'The line is busy. Please try again later.',
  'no-answer': 'Nobody answered.',
  'not-reachable': 'The phone is switched off or cannot be reached right now.',
  'not-completed': 'The call could not be completed. Please try again.',
  'number-not-in-service': 'This number is not in service. Please check it.',
  'no-route': 'There is no way to reach this number.',
  'number-changed': 'This number has changed.',
  'number-incomplete': 'This number is incomplete or written in a way the telephone network does not understand.',
  'not-allowed': 'The telephone provider does not allow this call.',
  declined: 'The call was declined.',
  'network-blocked': 'The call was blocked by a network on the way.',
  'callee-unwilling': 'The person does not want this call.',
  'unwanted-by-network': 'A network on the way blocked the call as unwanted.',
  'trunk-login': 'The telephone provider refused our login. The administrator has been told.',
  'provider-credit': 'The account with the telephone provider has no credit. The administrator has been told.',
  'not-supported': 'The telephone network does not support this call.',
  'no-common-codec': 'The two sides have no audio format in common.',
  'technical-error': 'A technical error ended the call ({ref}).',
  looped: 'The call went round in circles and was stopped.',
  'connection-lost': 'The connection was lost.',
  'caller-id-signature': 'The network did not accept our caller ID.',
  'destination-out-of-order': 'The network of this number is out of order. Please try again later.',
  'network-busy': 'The telephone network is busy. Please try again in a moment.',
  'no-network-reply': 'The telephone network did not reply. Please try again.',
  'trunk-unreachable': 'The telephone provider cannot be reached right now. Please try again later.',
  'forward-not-allowed': 'The call was forwarded to a number that is not allowed.',
  'media-lost': 'The connection was lost: no more audio was coming.',
  'media-never': 'No audio connection could be set up between your app and the gateway.',
  'credit-low': 'Your credit for this call lasts another {left} minutes.',
  'credit-used-up': 'The call ended because your credit is used up.',
  'credit-too-low': 'You do not have enough credit for this call.',
  'no-rate': 'No price is known for calls to this number, so it cannot be called. Please tell your administrator.',
  'price-too-high': 'Calls to this number cost more than is allowed here. Please ask your administrator.',
  'limit-reached': 'You have reached a limit that protects against misuse: {limit}. Your administrator can lift it.',
  'destination-closed':
    'Numbers of this kind cannot be called here, as they can be very expensive. Please ask your administrator.',
  'ended-by-administrator': 'An administrator ended the call.',
  'gateway-problem': 'The gateway has a problem ({ref}). Please try again later.',
  'gateway-stopping': 'The gateway is being restarted. Please call again in a minute.',
  'gateway-restarted': 'The gateway was restarted and the call has ended. Please call again.',
  'client-offer-unusable': 'Your app did not offer audio that can be used on a telephone call ({ref}).',
  'transfer-too-early': 'Only a call that both sides hear can be transferred. The call has ended.',
  'transfer-failed': 'The call could not be transferred.',
  transferred: 'The call was transferred.',
  'ended-at-once': 'The call ended as soon as it was answered.',
  'longest-call': 'The call reached the longest time allowed and has ended.',
  'early-media': 'You are hearing the telephone network. The call is not yet connected.',
  'room-busy': 'There is already a call in this room.',
  'gateway-full': 'All lines of the gateway are in use. Please try again in a moment.',
  'caller-limit': 'You already have as many calls as you may have at one time ({limit}).',
  'not-permitted': 'You are not allowed to make telephone calls here. Please ask the administrator of {server}.',
  'federated-caller': 'Only people with an account on {server} can make telephone calls here.',
  'number-unusable': '“{dialled}” is not something that can be dialled.',
  'emergency-blocked':
    'Emergency calls do not work here. Please call {dialled} from a mobile phone or a landline right now.',
  'emergency-address':
    'Emergency call. The address known for this line is: {address}. Say at once if you are elsewhere.',
  'emergency-failed': 'The emergency call could not be put through. Please use a mobile phone or a landline right now.',
  'destination-denied': 'Calls to this number are not allowed here. Please ask the administrator of {server}.',
  'nobody-there': 'Nobody can be reached at this number right now.',
  'missed-call': 'Missed call from {who}.',
  'missed-call-brief':
    'Missed call from {who}. It rang for a moment only: to call an unknown number back can be expensive.',
  'missed-call-withheld': 'Missed call. The caller withheld their number.',
  'call-forwarded': 'A call from {who} was put through to {number}.',
  'call-forwarded-withheld': 'A call was put through to {number}. The caller withheld their number.',
  'forward-failed': 'A call to you could not be forwarded to {number}.',
  'answered-by': '{who} answered the call.',
  'own-number': 'This is your own number.',
  'no-trunk': 'The gateway has no telephone line set up yet.',
} as const;

export type SentenceKey = keyof typeof english;
export type { SentenceParameters };
export type Sentence = SentenceOf<SentenceKey>;
export type Catalogue = CatalogueOf<SentenceKey>;

export const englishCatalogue: Catalogue = english;

/** Puts a sentence into words. */
export function say(sentence: Sentence, params: SentenceParameters = {}, catalogue: Catalogue = english): string {
  return inWords(sentence, params, catalogue);
}
