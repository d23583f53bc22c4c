/** What ghosts say about the room itself: one sentence for each occasion. */

/** `number` as people write it. */
export const roomWords = {
  /**
   * Clients encrypt call events like all others, so in an encrypted room the gateway usually sees neither: saying that
   * calls work would be untrue.
   */
  encrypted: (number: string) =>
    `This room is encrypted, and the telephone network is not: messages written here do not reach ${number} and cannot be read ` +
    `by the gateway. Calls work only from apps that do not encrypt call signalling; if a call does not ring, start a new, ` +
    `unencrypted chat with ${number} (the dial pad makes one) and call from there.`,
  /** Said at the first message of a room. */
  callsOnly: (number: string) => `This gateway carries calls only: messages written here do not reach ${number}.`,
  /** Somebody writes to a sender that is no number. */
  cannotBeAnswered: (sender: string) => `${sender} cannot be answered: it is no telephone number. Nothing was sent.`,
  notAllowed: (number: string) =>
    `You do not have permission to call ${number} through this gateway. Please ask its administrator.`,
  /** Somebody wants to call back who did not say who they are. */
  withheld: 'The caller withheld their number, or it is none that can be called: they cannot be called back.',
  /** Said when the gateway's own user comes into a direct chat. */
  greeting:
    'This is your telephone. Calls from numbers that are new to you ring here, and I tell you what you should know.',
  /** Said by the gateway's own user in an encrypted direct chat. */
  phoneRoomEncrypted:
    'This room is encrypted, and the telephone network is not: calls cannot ring here and commands cannot be read. Please leave it and start a new, unencrypted chat with me.',
  /** Somebody presses call in their phone room. */
  callsNobody:
    'Nobody can be called in this room. To call a number, use the dial pad, or call in the chat with that number.',
  forwarded: (number: string) => `This call was forwarded by ${number}.`,
  /** An `m.call.invite` that lacks what a call needs, or has it in a shape that nobody knows. */
  unreadableInvite: 'Your app placed this call in a way that the gateway does not understand, so it could not be made.',
} as const;
