/** How long an outgoing event is worth sending, and whether it still is after a restart. */

export interface SendingLimits {
  /** After so many ms without success it is given up. */
  readonly giveUpAfterMs: number;
  /** Whether the next process sends it when this one dies first. */
  readonly survivesRestart: boolean;
}

const MINUTE_MS = 60_000;

/** By event type. An answer is of no use once the client has given the call up; a hang-up tidies the room even late. */
export function sendingLimits(eventType: string): SendingLimits {
  switch (eventType) {
    case 'm.call.invite':
    case 'm.call.select_answer':
    case 'org.matrix.call.asserted_identity':
    case 'm.call.answer':
    case 'm.call.candidates':
    case 'm.call.negotiate':
      return { giveUpAfterMs: MINUTE_MS, survivesRestart: false };
    case 'm.call.hangup':
    case 'm.call.reject':
      return { giveUpAfterMs: 10 * MINUTE_MS, survivesRestart: true };
    // What became of a text is worth knowing after a night without the homeserver, too.
    case 'm.room.message':
    case 'com.beeper.message_send_status':
      return { giveUpAfterMs: 48 * 60 * MINUTE_MS, survivesRestart: true };
    default:
      return { giveUpAfterMs: 60 * MINUTE_MS, survivesRestart: true };
  }
}
