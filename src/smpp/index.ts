/** Texts over SMPP 3.4. Others use only what is exported here. */
import type { MessageTransport } from '../message/index.ts';
import type { SmppSettings } from './settings.ts';
import { type SmppParts, SmppTransport } from './transport.ts';

export {
  type AddressTypes,
  type DefaultAlphabet,
  type LongTexts,
  type MessageIdForm,
  usualTypes,
} from './codec/index.ts';
export type { ArrivalMemory } from './repeats.ts';
export type { SmppSettings } from './settings.ts';
export type { SmppParts } from './transport.ts';

/** One transport for each account, in their order; they connect from now on, until they are closed. */
export function createSmppTransports(accounts: readonly SmppSettings[], parts: SmppParts): MessageTransport[] {
  return accounts.map((settings) => new SmppTransport(settings, parts));
}
