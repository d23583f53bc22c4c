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
  notAllowed: (number: string) =>
    `You do not have permission to call ${number} through this gateway. Please ask its administrator.`,
} as const;
