/** What an SMPP account is like. */
import type { DeliverForm, SubmitForm } from './codec/index.ts';
import type { Endpoint } from './session/connect.ts';

export interface SmppSettings {
  /** Unique over all transports. */
  readonly name: string;
  /** Tried in this order. */
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
  /** One connection for both directions, or one for each, or out alone. */
  readonly bind: 'transceiver' | 'two' | 'transmitter';
  /** Which numbers are to come in, as the service centre wants it; '' for those of the account. */
  readonly addressRange: string;
  /** The sender of texts that have none; absent: the account's. */
  readonly sender?: string;
  readonly submit: SubmitForm;
  readonly deliver: DeliverForm;
  /** submit_sm that may wait for their answer at one time. */
  readonly window: number;
  readonly perSecond?: number;
  /** Between two enquire_link. */
  readonly enquireLinkMs: number;
  /** How long an answer is waited for. */
  readonly answerMs: number;
}
