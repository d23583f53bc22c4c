/** Texts over SIP MESSAGE as a transport: one for each trunk. */
import type { SipTexts, TrunkStatus } from '../../sip/index.ts';

/** What a trunk is like for texts, from its settings. */
export interface SipTextTrunk {
  readonly name: string;
  /** The far side knows a repeat by Call-ID, From-tag and CSeq, also one that comes minutes later. */
  readonly knowsRepeats: boolean;
  /** It tells what became of a text (IMDN, SMS status reports). */
  readonly tellsReceipts: boolean;
  /** Texts that may be under way at once. */
  readonly window: number;
}

export interface OverSipOptions {
  readonly texts: SipTexts;
  readonly trunks: readonly SipTextTrunk[];
  /** What is known of a trunk; quick. */
  readonly status: () => readonly TrunkStatus[];
  /** `SipCalls.onTrunkChange`. */
  readonly onTrunkChange: (run: (status: TrunkStatus) => void) => void;
}
