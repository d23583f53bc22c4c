/** What an SMS of ours is called in status reports: they name the recipient, and a number from 0 to 255. Pure. */

/** Two texts to one telephone have one name when their numbers meet: then the later one is meant. */
export function smsId(recipient: string, reference: number): string {
  return `sms:${recipient.replace(/\D/g, '') || recipient}:${reference}`;
}
